"""What several tiers share: one shop of the tests' own, and real databases that are empty for each test."""

import os
import subprocess
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
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
from tests.ports import free_ports
from tests.releases import Releases
from tests.running import RunningShop

# Shorter than in real life, so that recovery meets the faults and does not only clean up after them; longer than the
# eight seconds that a payment may take, so that it meets no payment that is still under way.
IMPATIENT = {"RECOVERY_AFTER_SECONDS": "9", "RECOVERY_INTERVAL_SECONDS": "1"}
RUNNING = {"databases", "running", "compose", "any_cluster"}  # fixtures that start something
# The fixtures that run a whole shop; of two, the tests that care for both take the other, too.
WAYS = {"local": ["shop"], "compose": ["compose"], "kubernetes": ["cluster", "releases"]}
CLUSTER_SECONDS = 1500  # until a shop in a cluster is open: images are built, and handed over


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shop", choices=tuple(WAYS), default="local", help="the way to run the tests' own shop")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs real databases, which the quick tier leaves out. Go from one way to the next only once."""
    for item in items:
        assert isinstance(item, pytest.Function)
        if RUNNING.intersection(item.fixturenames) or "real" in _parameters(item):
            item.add_marker("real")
    items.sort(key=_is_about_releases)


def _parameters(item: pytest.Function) -> Collection[object]:
    return item.callspec.params.values() if hasattr(item, "callspec") else ()


def _is_about_releases(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    return "any_releases" in item.fixturenames or "releases" in _parameters(item)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Give the first test that needs a cluster the time to make one."""
    needs = {"any_cluster", "way"} if session.config.getoption("--shop") == "kubernetes" else {"any_cluster"}
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
def any_cluster(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Kubernetes cluster with all that a shop needs; every https URL leads to its gate."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), variables=IMPATIENT)
    try:
        with saying_what_pods_say(cluster, "the cluster was there"):
            cluster.up()
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("GATE_ADDRESS", cluster.address)
            environment.setenv("GATE_CERTIFICATE", str(cluster.certificate))
            yield cluster
    finally:
        cluster.down()


@pytest.fixture(scope="session")
def cluster(any_cluster: Cluster) -> Cluster:
    """The cluster with a shop in it, by kubectl."""
    with saying_what_pods_say(any_cluster, "the shop by kubectl was open"):
        any_cluster.have()
    return any_cluster


@pytest.fixture(scope="session")
def any_releases(any_cluster: Cluster) -> Releases:
    """The cluster with a shop in it, by Helm, or room for one."""
    return Releases.of(any_cluster)


@pytest.fixture(scope="session")
def releases(any_releases: Releases) -> Releases:
    """The cluster with a shop in it, by Helm."""
    with saying_what_pods_say(any_releases, "the shop by Helm was open"):
        any_releases.have()
    return any_releases


@contextmanager
def saying_what_pods_say(cluster: Cluster, what: str) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(cluster.state())
        raise
    print(f"{what} after {time.monotonic() - began:.0f} s")


@pytest.fixture(scope="session")
def way(request: pytest.FixtureRequest) -> str:
    """The fixture that runs the shop in the way that --shop names."""
    return str(getattr(request, "param", WAYS[request.config.getoption("--shop")][0]))


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest, way: str) -> RunningShop:
    """The tests' own shop."""
    running: RunningShop = request.getfixturevalue(way)
    if isinstance(running, Cluster):
        running.have()
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
