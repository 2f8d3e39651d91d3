"""The reader of the page himself: what he takes for the same, and what he complains of."""

import os
from pathlib import Path

import pytest

from tests.readme.page import ON_THIS_MACHINE, ROOT, WITH_COMPOSE, WITH_HELM, WITH_KUBECTL, blocks, steps
from tests.readme.reader import PageIsWrong, Reader

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md")
UUIDS = ("7e876939-573e-55a8-bf6e-c3b3227d3dcc", "194d2fc7-bf16-5c33-baf6-7122e11a4258")


def page(folder: Path, *texts: tuple[str, str]) -> Path:
    file = folder / "PAGE.md"
    file.write_text("# A page\n\n## Chapter\n" + "".join(f"```{word}\n{text}\n```\n" for word, text in texts))
    return file


def read(folder: Path, *texts: tuple[str, str], seconds: float = 60, is_root: bool = False) -> None:
    Reader(folder, os.environ, seconds, is_root=is_root).follow(steps(blocks(page(folder, *texts))))


def test_every_block_of_commands_belongs_to_a_way_and_is_run() -> None:
    typed = [step for file in PAGES for step in steps(blocks(file))]
    run = {*WITH_COMPOSE, *WITH_KUBECTL, *WITH_HELM, *ON_THIS_MACHINE}
    assert [step.place for step in typed if not (step.place.startswith("README.md") and step.chapter in run)] == []
    assert run - {step.chapter for step in typed} == set()
    assert [step.place for step in typed if "setup.sh test" in step.commands] == [], "it would run itself"


def test_what_is_printed_as_told_is_right(tmp_path: Path) -> None:
    read(tmp_path, ("sh", "echo one\necho two"), ("text", "one\ntwo"), ("sh", "true"))


def test_another_answer_is_wrong_and_both_are_shown(tmp_path: Path) -> None:
    with pytest.raises(PageIsWrong, match=r"PAGE.md, line 4: echo 850.9\n(.*\n)*-850.8\n\+850.9$"):
        read(tmp_path, ("sh", "echo 850.9"), ("text", "850.8"))


def test_a_line_too_few_or_too_many_is_wrong(tmp_path: Path) -> None:
    for told in ("one", "one\ntwo\nthree"):
        with pytest.raises(PageIsWrong):
            read(tmp_path, ("sh", "echo one; echo two"), ("text", told))


def test_a_command_that_fails_is_wrong_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(PageIsWrong, match="ends with 3\nout\nerr"):
        read(tmp_path, ("sh", "echo out\necho err >&2\n(exit 3)\necho not reached"))


def test_a_command_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(PageIsWrong, match=r"does not end within 0.2 s"):
        read(tmp_path, ("sh", "sleep 60 | cat"), seconds=0.2)


def test_what_a_command_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    read(
        tmp_path,
        ("sh", "sleep 5 & echo $! >pid; echo started"),
        ("text", "started"),
        ("sh", "kill $(cat pid)"),
        seconds=2,
    )


def test_an_id_on_the_page_stands_for_the_one_printed_in_its_place(tmp_path: Path) -> None:
    ours, his = "64a6b0a476d49ca2783f5fd2", "6b0645cfad9f4402424b340b"
    (tmp_path / "users").write_text(f'[{{"_id":"{his}"}}]\n')
    lists = ("sh", "cat users"), ("json", f'[{{"_id":"{ours}"}}]')
    read(tmp_path, *lists, ("sh", f"grep -c {ours} users"), ("text", "1"), *lists)
    with pytest.raises(PageIsWrong):
        read(tmp_path, *lists, ("sh", "rev users"), ("json", f'[{{"_id":"{ours}"}}]'))


def test_ids_that_are_one_on_the_page_are_one_in_what_is_printed_and_the_other_way_round(tmp_path: Path) -> None:
    one, other = UUIDS
    read(tmp_path, ("sh", f"echo {one} {other} {one}"), ("text", f"{other} {one} {other}"))
    for printed, told in ((f"{one} {other}", f"{one} {one}"), (f"{one} {one}", f"{one} {other}")):
        with pytest.raises(PageIsWrong):
            read(tmp_path, ("sh", f"echo {printed}"), ("text", told))


def test_an_answer_that_takes_a_while_is_asked_for_again(tmp_path: Path) -> None:
    count = 'echo x >>count; wc -l <count | tr -d " "'
    read(tmp_path, ("sh eventually", count), ("text", "3"))


@pytest.mark.parametrize(
    "texts",
    [
        [("text", "1")],
        [("sh", "echo"), ("bash", "ls")],
        [("sh often", "ls")],
        [("", "ls")],
        [("sh eventually as root", "ls")],
        [("sh in another terminal", "ls")],
        [("sh as root in another terminal", "ls"), ("sh", "ls")],
    ],
)
def test_a_block_that_is_neither_commands_nor_their_answer_is_refused(
    tmp_path: Path, texts: list[tuple[str, str]]
) -> None:
    with pytest.raises(AssertionError, match=r"PAGE.md, line \d"):
        read(tmp_path, *texts)


def test_an_answer_stands_right_after_its_commands(tmp_path: Path) -> None:
    file = page(tmp_path, ("sh", "echo 1"), ("text", "1"))
    file.write_text(file.read_text().replace("```text", "prints\n```text"))
    with pytest.raises(AssertionError, match="no commands stand right before"):
        steps(blocks(file))
