"""README.md as it stands, typed by somebody who runs the shop on this machine."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.readme.checkout import copy_checkout, environment, taken_ports
from tests.readme.page import ON_THIS_MACHINE, ROOT, steps_of
from tests.readme.reader import Reader


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    # Beside a shop that runs a reader moves his own, as the page says.
    taken = taken_ports()
    own = free_ports(taken)
    variables = {**environment(), **{name: str(port) for name, port in own.items()}}
    moved = {str(port): own[name] for name, port in taken.items()}
    reader = Reader(copy_checkout(tmp_path / "eshop"), variables, moved=moved)
    yield reader
    if (reader.folder / ".local").exists():
        reset = ["./setup.sh", "local", "reset", "--yes"]
        subprocess.run(reset, cwd=reader.folder, env=reader.environment, timeout=120, check=True)


@pytest.mark.timeout(1800)
def test_every_command_works_and_prints_what_the_page_says(reader: Reader) -> None:
    reader.follow(steps_of(ROOT / "README.md", ON_THIS_MACHINE))
    assert not (reader.folder / ".local").exists()
