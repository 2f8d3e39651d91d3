"""The house style, as far as a tool can tell."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.catalogue import DATABASES, SERVICE_NAMES

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy", "."),
        ("shellcheck", "--external-sources", "--check-sourced", "setup.sh", ".ci/run"),
        ("shellcheck", *(f"{database}/start.sh" for database in DATABASES)),
        ("hadolint", *(f"{service}/Dockerfile" for service in SERVICE_NAMES)),
    ],
    ids=" ".join,
)
def test_the_tool_finds_nothing(command: tuple[str, ...]) -> None:
    tool, *arguments = command
    run = subprocess.run([BIN / tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


# What carry_out runs, and Flask never sees.
STEPS = {"promises.py", "checkout.py", "gateways.py", "recovery.py"}


@pytest.mark.parametrize("package", ["chassis", *SERVICE_NAMES])
def test_no_function_that_flask_calls_is_a_coroutine(package: str) -> None:
    """Service.ensure_sync takes it for granted: gevent needs none."""
    sources = {path: path.read_text() for path in (ROOT / package).rglob("*.py")}
    assert sources
    asynchronous = {path.name for path, text in sources.items() if "async def" in text}
    assert asynchronous == (STEPS if package == "paymentservice" else set())
