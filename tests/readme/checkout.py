"""A fresh checkout for a reader of the page, on a machine where nothing stands in his way."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from local import listeners
from local.catalogue import DEFAULT_PORTS, FIXED_PORTS, MONGO_PORT, POSTGRES_PORT
from tests.readme.page import ROOT

PUBLISHED = {name: DEFAULT_PORTS[name] for name in (*sorted(FIXED_PORTS), MONGO_PORT, POSTGRES_PORT)}


def copy_checkout(to: Path) -> Path:
    """A clone as it would be if all were committed: nothing that git ignores, no `.env`, no data."""
    subprocess.run(["git", "clone", "--quiet", "--no-checkout", ROOT, to], timeout=60, check=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():  # one that was deleted is listed still
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def environment() -> dict[str, str]:
    """The user's own, without what would move or change the shop: the variables that the page names."""
    named = {*re.findall(r"`([A-Z]+_?[A-Z_]*)`", (ROOT / "README.md").read_text()), *DEFAULT_PORTS} - {"PATH"}
    return {name: value for name, value in os.environ.items() if name not in named and not name.startswith("COMPOSE_")}


def taken_ports() -> dict[str, int]:
    """Those of the usual ones on which somebody listens, by the variables that move them."""
    return {name: port for name, port in PUBLISHED.items() if listeners.why_not(port)}


def demand_usual_ports() -> None:
    """The page says where the shop answers, and nobody else may."""
    taken = [f"{port} ({listeners.holder(port) or name})" for name, port in taken_ports().items()]
    if taken:
        stop_it = "Stop what is there (./setup.sh local down, or docker-compose down), then run this again."
        pytest.fail(f"README's commands need ports that are taken: {', '.join(taken)}.\n{stop_it}", pytrace=False)


def demand_no_project(name: str, found: Iterable[str]) -> None:
    """One of the usual name is somebody's shop, running or not, and its volumes are his data."""
    things = list(found)
    if things:
        remove_it = f"If nothing in it is needed: docker compose -p {name} down --volumes"
        pytest.fail(f"There is a project {name} already: {', '.join(things)}.\n{remove_it}", pytrace=False)
