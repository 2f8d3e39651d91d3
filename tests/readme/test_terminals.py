"""Commands that go on while one reads on, and those that take root."""

import re
from pathlib import Path

import psutil
import pytest

from local.waiting import holds_within
from tests.readme.reader import PageIsWrong
from tests.readme.test_page import read

TERMINAL = "sh in another terminal"
NOTED = "set -m; echo $$ >>pids; sleep 300 & echo $! >>pids; "  # itself, and a child in a group of its own
SLOW = f"{NOTED}sleep 0.3; echo one; sleep 0.3; echo two | tee told; echo three; wait"


def all_end(folder: Path) -> bool:
    """Killed they are; who is nobody's child any more may take a moment to go."""
    noted = [int(pid) for pid in (folder / "pids").read_text().split()]
    return bool(noted) and holds_within(5, lambda: not any(map(psutil.pid_exists, noted)))


def test_it_goes_on_while_one_reads_on_and_ends_with_the_page(tmp_path: Path) -> None:
    read(tmp_path, (TERMINAL, SLOW), ("text", "one"), ("sh", 'for pid in $(cat pids); do kill -0 "$pid"; done'))
    assert all_end(tmp_path)


def test_one_reads_on_when_all_of_its_answer_is_there(tmp_path: Path) -> None:
    read(tmp_path, (TERMINAL, SLOW), ("text", "one\ntwo"), ("sh", "cat told"), ("text", "two"))


def test_several_go_on_at_once(tmp_path: Path) -> None:
    for_each = (TERMINAL, SLOW), ("text", "one")
    read(tmp_path, *for_each, *for_each, ("sh", "xargs kill -0 <pids; wc -l <pids | tr -d ' '"), ("text", "4"))
    assert all_end(tmp_path)


def test_one_that_begins_otherwise_is_wrong_and_ended(tmp_path: Path) -> None:
    with pytest.raises(PageIsWrong, match=r"line 4: set -m(.*\n)*-One\n\+one$"):
        read(tmp_path, (TERMINAL, SLOW), ("text", "One"))
    assert all_end(tmp_path)


def test_one_that_ends_is_wrong_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(PageIsWrong, match="ends, and should go on\none\nerr"):
        read(tmp_path, (TERMINAL, f"{NOTED}echo one; echo err >&2; exit 1"), ("text", "one\ntwo"))
    assert all_end(tmp_path)


def test_one_that_says_too_little_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(PageIsWrong, match="shows less than the page\none\nerr"):
        read(tmp_path, (TERMINAL, f"{NOTED}echo one; echo err >&2; wait"), ("text", "one\ntwo"), seconds=0.5)
    assert all_end(tmp_path)


def test_it_ends_when_what_is_read_meanwhile_is_wrong_and_its_words_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PageIsWrong, match="ends with 1"):
        read(tmp_path, (TERMINAL, SLOW), ("text", "one\ntwo"), ("sh", "false"))
    assert all_end(tmp_path)
    assert re.search(r"^PAGE.md, line 4: set -m.*\none\ntwo\n", capsys.readouterr().out)


@pytest.mark.parametrize("is_root", [False, True])
def test_what_takes_root_is_left_out_without_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], is_root: bool
) -> None:
    asks, answer = ("sh as root", "touch low"), ("text", "one")
    read(tmp_path, ("sh as root in another terminal", SLOW), answer, asks, ("sh", "touch all"), is_root=is_root)
    assert (tmp_path / "all").exists()
    assert ((tmp_path / "pids").exists(), (tmp_path / "low").exists()) == (is_root, is_root)
    said = capsys.readouterr().out.splitlines()
    left_out = [f"PAGE.md, line {line}: left out, since it takes root" for line in (4, 10)]
    assert [each for each in said if "left out" in each] == ([] if is_root else left_out)
