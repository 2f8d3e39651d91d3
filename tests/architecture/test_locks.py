"""The locks: each holds what its source names, all they need, nothing else, and no two disagree."""

import re
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(ROOT.glob("*/requirements.in"))
FOLDERS = [each.parent.name for each in SOURCES]


def named(folder: str) -> list[Requirement]:
    lines = (ROOT / folder / "requirements.in").read_text().splitlines()
    return [Requirement(each) for each in lines if each and not each.startswith("#")]


def pins(folder: str) -> dict[str, Requirement]:
    text = (ROOT / folder / "requirements.txt").read_text()
    found = [Requirement(each.strip()) for each in re.findall(r"^([a-z0-9].*?) \\$", text, re.MULTILINE)]
    return {canonicalize_name(each.name): each for each in found}


def here(marker: Marker | None, extra: str = "") -> bool:
    return marker is None or marker.evaluate({"extra": extra})


def test_every_service_has_a_lock() -> None:
    services = [each.parent.name for each in ROOT.glob("*/app.py")]
    assert len(services) == 5
    assert {*services, "local", "tests"} == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_lock_pins_what_its_source_names(folder: str) -> None:
    locked = pins(folder)
    for each in named(folder):
        pin = locked[canonicalize_name(each.name)]
        version = str(pin.specifier).removeprefix("==")
        assert each.specifier.contains(version), f"{each} is locked as {pin}: ./setup.sh lock"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_lock_holds_all_that_is_needed_and_nothing_else(folder: str) -> None:
    locked = {name for name, pin in pins(folder).items() if here(pin.marker)}
    needed = set(_needed(named(folder)))
    assert locked == needed, f"./setup.sh lock; missing {needed - locked}, too many {locked - needed}"


def _needed(wanted: list[Requirement]) -> Iterator[str]:
    """The names of the whole tree below `wanted`, on this machine, as the installed packages tell it."""
    waiting, seen = [each for each in wanted if here(each.marker)], set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, *sorted(requirement.extras)) in seen:
            continue
        seen.add((name, *sorted(requirement.extras)))
        yield name
        for each in map(Requirement, requires(name) or []):
            if any(here(each.marker, extra) for extra in ("", *requirement.extras)):
                waiting.append(each)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_pin_has_hashes(folder: str) -> None:
    text = (ROOT / folder / "requirements.txt").read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(folder)) > 5
    assert all("--hash=sha256:" in each for each in entries)


def test_no_two_locks_disagree() -> None:
    """Local mode installs them all into one environment."""
    versions: dict[str, set[str]] = {}
    for folder in FOLDERS:
        for name, pin in pins(folder).items():
            versions.setdefault(name, set()).add(str(pin.specifier))
    assert {name: each for name, each in versions.items() if len(each) > 1} == {}
