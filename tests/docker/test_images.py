"""The five images: small, nothing in them that the service does not import, and willing to run as anybody."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from chassis.service import VERSION
from local.catalogue import SERVICE_NAMES
from tests.compose import CHECKOUT, docker

BASE = "python:3.13-slim"
MEGABYTES_OVER_BASE = 90
START_SECONDS = 60
# Run, but not imported by the service: gunicorn's settings and worker, the health check.
RUN_OTHERWISE = {"chassis.connections", "chassis.gunicorn", "chassis.limits", "chassis.worker", "chassis.probe"}
NOT_IMPORTED = {
    "walletservice": {"chassis.mongo", "walletservice.schema"},  # no MongoDB; the schema's is a run of its own
    "paymentservice": {"chassis.mongo"},
}
DRIVERS = {
    **dict.fromkeys(("userservice", "productservice", "orderservice"), {"pymongo"}),
    "walletservice": {"psycopg2-binary"},
    "paymentservice": {"geventhttpclient"},
}
ENVIRONMENT = {
    "INTERNAL_TOKEN": "a token of the tests",
    "REQUEST_HASH_KEY": "a key of the tests",
    "MONGO_URI": "mongodb://127.0.0.1:1/eshop",
    "POSTGRES_DSN": "postgresql://127.0.0.1:1/walletdb",
    **{f"{name}_URL": "http://127.0.0.1:1" for name in ("USERS", "PRODUCTS", "WALLETS", "ORDERS")},
}
LOOK_INSIDE = """
import importlib, json, pathlib, sys
from importlib.metadata import distributions

service = sys.argv[1]
packages = [path for path in sys.path if path.startswith("/venv/")]
found = [(each.metadata["Name"], each.version) for each in distributions(path=packages)]
files = sorted(str(path) for path in pathlib.Path("/app").rglob("*") if path.is_file() and path.suffix != ".pyc")
importlib.import_module(service + ".app")
print(json.dumps({"distributions": found, "files": files, "modules": sorted(sys.modules)}))
"""
IS_HEALTHY = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:5000/health', timeout=3).status)"

pytestmark = pytest.mark.usefixtures("images")


def image(name: str) -> Any:
    return json.loads(docker("image", "inspect", name).stdout)[0]


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_an_image_is_tagged_as_the_latest_and_with_its_version_and_says_what_it_is(service: str) -> None:
    latest = image(service)
    assert latest["Id"] == image(f"{service}:{VERSION}")["Id"]
    labels = {name.removeprefix("org.opencontainers.image."): text for name, text in latest["Config"]["Labels"].items()}
    assert (labels["title"], labels["version"]) == (service, VERSION)
    assert re.fullmatch("[0-9a-f]{40}|unknown", labels["revision"])


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_an_image_is_small_over_its_base(service: str) -> None:
    over_base = image(service)["Size"] - image(BASE)["Size"]
    assert 0 < over_base <= MEGABYTES_OVER_BASE * 1_000_000


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_an_image_holds_what_the_service_imports_and_nothing_else(service: str) -> None:
    inside = json.loads(run(service, "python", "-c", LOOK_INSIDE, service).stdout)
    files = [Path(each).relative_to("/app") for each in inside["files"]]
    assert {each.parts[0] for each in files} == {"chassis", service}
    assert {str(each) for each in files if each.suffix != ".py"} == (
        {"walletservice/schema.sql"} if service == "walletservice" else set()
    )
    modules = {".".join(each.with_suffix("").parts).removesuffix(".__init__") for each in files if each.suffix == ".py"}
    assert modules - set(inside["modules"]) == RUN_OTHERWISE | NOT_IMPORTED.get(service, set())

    installed = {canonicalize_name(name): version for name, version in inside["distributions"]}
    assert installed.items() <= locked(service).items()
    every_driver = set().union(*DRIVERS.values())
    assert every_driver & set(installed) == DRIVERS[service]
    assert not {"pip", "setuptools", "wheel"} & set(installed)


def locked(service: str) -> dict[str, str]:
    text = (CHECKOUT / service / "requirements.txt").read_text()
    pins = [Requirement(each) for each in re.findall(r"^([a-z0-9].*?) \\$", text, re.MULTILINE)]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in pins}


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_an_image_runs_read_only_without_capabilities_and_as_anybody(service: str) -> None:
    """A cluster may choose the user, and gives no writable folder that nobody asked for."""
    assert re.fullmatch("[1-9][0-9]*:[1-9][0-9]*", image(service)["Config"]["User"])
    with started(service, "--read-only", "--cap-drop=ALL", "--user=12345", "--security-opt=no-new-privileges") as name:
        until(name, "python", "-c", IS_HEALTHY)
        assert docker("exec", name, "id", "-u").stdout == "12345\n"
        ready = docker("exec", name, "python", "-m", "chassis.probe", check=False).returncode == 0
        assert ready == (service == "paymentservice"), "whoever has a store is not ready without it"


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_a_service_without_a_variable_ends_and_names_it(service: str) -> None:
    ran = run(service, environment={**ENVIRONMENT, "INTERNAL_TOKEN": ""})
    assert ran.returncode not in (0, None)
    assert "INTERNAL_TOKEN: " in ran.stdout + ran.stderr
    assert ENVIRONMENT["REQUEST_HASH_KEY"] not in ran.stdout + ran.stderr


def options(environment: dict[str, str]) -> list[str]:
    return ["--network=none", *(f"--env={name}={value}" for name, value in environment.items())]


def run(service: str, *command: str, environment: dict[str, str] = ENVIRONMENT) -> Any:
    """Run a container until it ends by itself."""
    return docker("run", "--rm", *options(environment), service, *command, check=False, seconds=START_SECONDS)


@contextmanager
def started(service: str, *confinement: str) -> Iterator[str]:
    container = docker("run", "--detach", *confinement, *options(ENVIRONMENT), service).stdout.strip()
    try:
        yield container
    finally:
        docker("rm", "--force", "--volumes", container)


def until(container: str, *command: str) -> None:
    """Wait until a command in the container succeeds."""
    ends_at = time.monotonic() + START_SECONDS
    while docker("exec", container, *command, check=False).returncode:
        assert time.monotonic() < ends_at, docker("logs", container).stderr
        time.sleep(0.2)
