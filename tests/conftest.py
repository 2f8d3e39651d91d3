"""What several tiers share: one shop of the tests' own, and real databases that are empty for each test."""

import os
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from pymongo.database import Database

from chassis import mongo
from local.catalogue import DEFAULT_PORTS, SERVICES
from local.settings import Settings
from local.shop import Shop
from tests.cluster import Cluster
from tests.compose import CHECKOUT, PORT_VARIABLES, Compose
from tests.faults.aftermath import until_healed
from tests.ports import free_ports
from tests.running import RunningShop

# Shorter than in real life, so that recovery meets the faults and does not only clean up after them; longer than the
# eight seconds that a payment may take, so that it meets no payment that is still under way.
IMPATIENT = {"RECOVERY_AFTER_SECONDS": "9", "RECOVERY_INTERVAL_SECONDS": "1"}
RUNNING = {"databases", "running", "compose", "cluster"}  # fixtures that start something
WAYS = {"local": "shop", "compose": "compose", "kubernetes": "cluster"}  # the fixtures that run a whole shop
CLUSTER_SECONDS = 1500  # until a shop in a cluster is open: images are built, and handed over


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shop", choices=tuple(WAYS), default="local", help="the way to run the tests' own shop")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs real databases, so that the quick tier can leave it out."""
    for item in items:
        assert isinstance(item, pytest.Function)
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if RUNNING.intersection(item.fixturenames) or "real" in parameters:
            item.add_marker("real")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Give the first test that needs a cluster the time to make one."""
    needs = {"cluster", "running"} if session.config.getoption("--shop") == "kubernetes" else {"cluster"}
    for item in session.items:
        assert isinstance(item, pytest.Function)
        if needs.intersection(item.fixturenames):
            item.add_marker(pytest.mark.timeout(CLUSTER_SECONDS), append=False)
            break


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With NO_SKIPS set, a test that was skipped is one that failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and os.environ.get("NO_SKIPS") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose databases run; whatever the user's own shop is doing, this is another one."""
    state, ports = tmp_path_factory.mktemp("shop") / "state", free_ports(DEFAULT_PORTS)
    shop = Shop(Settings(state=state, ports=ports, service_environment=IMPATIENT))
    try:
        shop.start_databases()
        yield shop
    finally:
        shop.reset()


@pytest.fixture(scope="session")
def shop(databases: Shop) -> Shop:
    """The same shop with its five services running."""
    databases.up()
    return databases


@pytest.fixture(scope="session")
def images() -> None:
    """The five images, built from this checkout."""
    subprocess.run(["./setup.sh", "docker", "images"], cwd=CHECKOUT, timeout=900, check=True)


@pytest.fixture(scope="session")
def compose(images: None) -> Iterator[Compose]:
    """A shop in containers, running."""
    project = Compose(ports=free_ports(PORT_VARIABLES), variables=IMPATIENT)
    try:
        project.up()
        yield project
    finally:
        project.reset()


@pytest.fixture(scope="session")
def cluster(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A shop in a Kubernetes cluster, running; every https URL leads to its gate."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), variables=IMPATIENT)
    try:
        with saying_what_pods_say(cluster):
            cluster.up()
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("GATE_ADDRESS", cluster.address)
            environment.setenv("GATE_CERTIFICATE", str(cluster.certificate))
            until_healed(cluster.urls)
            yield cluster
    finally:
        cluster.down()


@contextmanager
def saying_what_pods_say(cluster: Cluster) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(cluster.state())
        raise
    print(f"the shop in Kubernetes was open after {time.monotonic() - began:.0f} s")


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest) -> RunningShop:
    """The tests' own shop, run in the way that --shop names."""
    running: RunningShop = request.getfixturevalue(WAYS[request.config.getoption("--shop")])
    return running


@pytest.fixture(scope="session")
def addresses(running: RunningShop) -> Mapping[str, str]:
    """The public base URLs of the tests' own shop, by what each keeps: users, products, ..."""
    return {service.plural: running.urls[service.name] for service in SERVICES}


@pytest.fixture
def mongo_database(databases: Shop) -> Iterator[Database[dict[str, Any]]]:
    """An empty MongoDB database, connected to as a service would, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    database = mongo.connect(databases.mongo_admin_uri.replace("/?", f"/{name}?"))
    yield database
    database.client.drop_database(name)
    database.client.close()
