"""Who may import whom, and that every service is laid out alike."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("userservice", "productservice", "orderservice", "walletservice", "paymentservice")
READS_THE_ENVIRONMENT = {"walletservice/schema.py"}  # a program of its own, run before the service


def test_imports_keep_to_the_contracts() -> None:
    """The contracts are in pyproject.toml."""
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_same_files_as_every_other(service: str) -> None:
    files = {"app.py", "domain.py", "settings.py"} | ({"repository.py"} if service != "paymentservice" else set())
    assert files <= {each.name for each in (ROOT / service).iterdir()}


@pytest.mark.parametrize("service", SERVICES)
def test_no_module_of_a_service_reads_the_environment_but_its_settings(service: str) -> None:
    for path in (ROOT / service).rglob("*.py"):
        if path.relative_to(ROOT).as_posix() not in READS_THE_ENVIRONMENT:
            assert not {"environ", "getenv"} & names_in(path), path


@pytest.mark.parametrize(
    "path",
    sorted([*ROOT.glob("*service/app.py"), *ROOT.glob("*service/inner.py")]),
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_no_route_catches_an_exception(path: Path) -> None:
    """What goes wrong becomes an answer in one place."""
    application = next(
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name in ("create_app", "add_operations")
    )
    assert not [node for node in ast.walk(application) if isinstance(node, ast.Try)]


@pytest.mark.parametrize("package", ["chassis", *SERVICES])
def test_every_module_opens_with_a_sentence(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        text = path.read_text()
        if text:
            sentence = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
            assert sentence.endswith("."), f"{path}: {sentence!r}"


def names_in(path: Path) -> set[str]:
    """Every name and attribute that a module uses."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }
