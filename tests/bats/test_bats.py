"""setup.sh, by its own tests, and by shellcheck."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent
SHELLCHECK = Path(sys.executable).with_name("shellcheck")


@pytest.mark.parametrize("file", sorted(HERE.glob("*.bats")), ids=lambda file: file.name)
def test_every_bats_test_passes(file: Path) -> None:
    ran = _run(sys.executable, "-m", "bats_core", "--tap", file)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "\nok " in f"\n{ran.stdout}"
    assert "# skip" not in ran.stdout


@pytest.mark.parametrize("file", [CHECKOUT / "setup.sh", HERE / "fixture.bash"], ids=lambda file: file.name)
def test_shellcheck_has_nothing_to_say(file: Path) -> None:
    ran = _run(SHELLCHECK, "--shell=bash", "--external-sources", "--check-sourced", file)
    assert ran.returncode == 0, ran.stdout


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
