"""A fresh checkout for a reader of the page, on a machine where nothing stands in his way."""

import os
import re
import shutil
import socket
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
        if (ROOT / name).is_file() or (ROOT / name).is_symlink():  # one that was deleted is listed still
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name, follow_symlinks=False)
    return to


def environment() -> dict[str, str]:
    """The user's own, without what would move or change the shop: the variables that the page names."""
    named = {*re.findall(r"`([A-Z]+_?[A-Z_]*)`", (ROOT / "README.md").read_text()), *DEFAULT_PORTS} - {"PATH"}
    return {name: value for name, value in os.environ.items() if name not in named and not name.startswith("COMPOSE_")}


def taken_ports() -> dict[str, int]:
    """Those of the usual ones on which somebody listens, by the variables that move them."""
    return {name: port for name, port in PUBLISHED.items() if listeners.why_not(port)}


def demand_usual_ports() -> None:
    demand_free(PUBLISHED.values(), "Stop what is there (./setup.sh local down, or docker-compose down)")


def demand_free(ports: Iterable[int], stop_it: str = "Stop what is there") -> None:
    """The page says where the shop answers, and nobody else may."""
    taken = [
        f"{port} ({listeners.holder(port) or 'by whom, the system does not say'})"
        for port in ports
        if listeners.why_not(port)
    ]
    if taken:
        what_to_do = f"{stop_it}, then run this again."
        pytest.fail(f"README's commands need ports that are taken: {', '.join(taken)}.\n{what_to_do}", pytrace=False)


def may_take_low_ports() -> bool:
    """Root may, and where the system says so, everybody."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", 80))
        except PermissionError:
            return False
        except OSError:  # it is taken; only one who may take it hears of that
            return True
    return True


def demand_no_project(name: str, found: Iterable[str]) -> None:
    """One of the usual name is somebody's shop, running or not, and its volumes are his data."""
    things = list(found)
    if things:
        remove_it = f"If nothing in it is needed: docker compose -p {name} down --volumes"
        pytest.fail(f"There is a project {name} already: {', '.join(things)}.\n{remove_it}", pytrace=False)


def demand_no_cluster(name: str, found: Iterable[str]) -> None:
    """One of the usual name is somebody's, with his data in it."""
    if name in found:
        remove_it = f"If nothing in it is needed: ./setup.sh kubernetes delete -n {name}"
        pytest.fail(f"There is a cluster {name} already.\n{remove_it}", pytrace=False)
