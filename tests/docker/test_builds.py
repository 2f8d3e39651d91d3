"""Building images: a change of the source costs seconds, and what goes wrong is said."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.service import VERSION
from local.catalogue import SERVICE_NAMES
from tests.compose import CHECKOUT, docker
from tests.readme.checkout import copy_checkout

SERVICE = "userservice"
SECONDS = 60  # on a busy machine; else a few

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def clone(images: None, tmp_path: Path) -> Iterator[Path]:
    """A checkout to change and to build from; the image of the service is afterwards what it was."""
    before = identity()
    yield copy_checkout(tmp_path / "eshop")
    for tag in ("latest", VERSION):
        docker("tag", before, f"{SERVICE}:{tag}")


def identity() -> str:
    return docker("image", "inspect", "--format={{.Id}}", SERVICE).stdout.strip()


def layers() -> list[str]:
    found: list[str] = json.loads(docker("image", "inspect", "--format={{json .RootFS.Layers}}", SERVICE).stdout)
    return found


def setup_sh(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["./setup.sh", "docker", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)


def test_a_change_of_the_source_costs_one_layer_and_seconds(clone: Path) -> None:
    before = layers()
    with (clone / SERVICE / "domain.py").open("a") as source:
        source.write("# A change.\n")
    began = time.monotonic()
    ran = setup_sh(clone, SERVICE, "--progress=plain")
    took = time.monotonic() - began
    assert ran.returncode == 0, ran.stderr
    after = layers()
    assert after[:-1] == before[:-1]
    assert after[-1] != before[-1]
    [step] = re.findall(r"^#(\d+) \[build .* pip ", ran.stderr, re.MULTILINE)
    assert re.search(rf"^#{step} CACHED$", ran.stderr, re.MULTILINE), "the packages were installed again"
    assert took < SECONDS


def test_whoever_cloned_with_a_strict_umask_gets_an_image_that_runs(clone: Path) -> None:
    for path in [*clone.glob("chassis/*.py"), *clone.glob(f"{SERVICE}/*.py")]:
        path.chmod(0o600)
    with (clone / "chassis" / "fields.py").open("a") as source:
        source.write("# A change, else the layer is the one that is there.\n")
    ran = setup_sh(clone, SERVICE)
    assert ran.returncode == 0, ran.stderr
    docker("run", "--rm", "--network=none", "--user=12345", SERVICE, "python", "-c", f"import {SERVICE}.app")


def test_an_image_that_cannot_be_built_is_a_failure_and_the_one_before_stays(clone: Path) -> None:
    before = identity()
    lock = clone / SERVICE / "requirements.txt"
    lock.write_text(re.sub("--hash=sha256:[0-9a-f]{8}", "--hash=sha256:00000000", lock.read_text()))
    ran = setup_sh(clone, SERVICE)
    assert ran.returncode == 1
    assert f"error: {SERVICE}'s image cannot be built" in ran.stderr
    assert identity() == before


@pytest.mark.parametrize("name", ["mailservice", "user", "userservice:latest", ""])
def test_a_wrong_name_is_answered_with_the_right_ones(name: str) -> None:
    ran = setup_sh(CHECKOUT, name)
    assert ran.returncode == 2
    assert all(service in ran.stderr for service in SERVICE_NAMES)
    assert ran.stdout == ""
