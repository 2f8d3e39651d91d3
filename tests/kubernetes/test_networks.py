"""Who reaches whom, tried: every line of the picture is a connection that is made, all others must fail."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local.catalogue import MONGODB, POSTGRESQL, PROGRAMS, SERVICE_NAMES
from tests.cluster import Cluster
from tests.kubernetes.strangers import ELSEWHERE, Stranger, among_us
from tests.pods import BANK, CONTROLLER, NAMESPACES, SHOP, workload

Place = tuple[str, int]  # whose port
PORTS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(SERVICE_NAMES, (5000, 5050)),
    MONGODB: (27017,),
    POSTGRESQL: (5432,),
    CONTROLLER: (80, 443, 8081),
    "dns": (53,),
    "api": (443,),
    "node": (6443, 10250),
}
NAMES: set[Place] = {("dns", 53)}
API: set[Place] = {("api", 443), ("node", 6443)}
THE_WORLDS: set[Place] = {(CONTROLLER, 80), (CONTROLLER, 443)}
PICTURE: dict[str, set[Place]] = {
    CONTROLLER: {(each, 5000) for each in SERVICE_NAMES} | API,
    "paymentservice": {(each, 5050) for each in SERVICE_NAMES if each != "paymentservice"} | NAMES,
    **dict.fromkeys(("userservice", "productservice", "orderservice"), {(MONGODB, 27017)} | NAMES),
    "walletservice": {(POSTGRESQL, 5432)} | NAMES,
    MONGODB: NAMES,
    POSTGRESQL: NAMES,
}
AMONG_US = [Stranger(SHOP), Stranger(SHOP, "walletservice"), Stranger(BANK), Stranger(BANK, "paymentservice")]
WHERE_ALL_IS_FREE = [Stranger(ELSEWHERE), *(Stranger(ELSEWHERE, each) for each in PICTURE)]
# Prints the places, of those given, to which a connection can be made.
CONNECT = """
printf '%s\\n' "$@" | xargs -P 32 -I{} timeout 2 bash -c ': <>/dev/tcp/{} && echo {}' 2>/dev/null
true
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def addresses(cluster: Cluster) -> Mapping[str, Place]:
    """Every port of everybody, of pods and of Services, as bash writes it; and whose it is."""
    [dns] = cluster.get("services", "--namespace=kube-system", "--selector=k8s-app=kube-dns")["items"]
    places = {f"{cluster.address}/{port}": ("node", port) for port in PORTS["node"]}
    places |= _of(dns, "dns") | _of(cluster.get("service", "--namespace=default", "kubernetes"), "api")
    for program in (*PROGRAMS, CONTROLLER):
        pods = cluster.pods(program)
        assert pods, f"no {program} runs"
        places |= {f"{pod.address}/{port}": (program, port) for pod in pods for port in PORTS[program]}
        places |= _of(cluster.get("service", f"--namespace={NAMESPACES[program]}", program), program)
    return places


def _of(service: Any, name: str) -> dict[str, Place]:
    """A Service's own ports; a headless one, as of databases, has no address for them."""
    address, ports = service["spec"]["clusterIP"], {each["port"] for each in service["spec"]["ports"]}
    return {f"{address}/{port}": (name, port) for port in PORTS[name] if port in ports and address != "None"}


@pytest.fixture(scope="module")
def strangers(cluster: Cluster) -> Iterator[None]:
    with among_us(cluster, [*AMONG_US, *WHERE_ALL_IS_FREE]):
        yield


def assert_reaches(cluster: Cluster, *origin: str, places: set[Place], of: Mapping[str, Place], but: str = "") -> None:
    """From a pod just these places can be reached, of all those that are not its own."""
    tried = {address: place for address, place in of.items() if place[0] != but}
    reached = cluster.kubectl("exec", *origin, "--", "bash", "-c", CONNECT, "bash", *tried).stdout.split()
    expected = {address: place for address, place in tried.items() if place in places}
    assert {each: of[each] for each in reached} == expected


@pytest.mark.parametrize("program", PICTURE)
def test_each_of_us_reaches_whom_it_needs_and_nobody_else(
    cluster: Cluster, addresses: Mapping[str, Place], program: str
) -> None:
    origin = (f"--namespace={NAMESPACES[program]}", workload(program))
    assert_reaches(cluster, *origin, places=PICTURE[program], of=addresses, but=program)


@pytest.mark.parametrize("stranger", AMONG_US, ids=str)
def test_a_stranger_among_us_reaches_nobody(
    cluster: Cluster, addresses: Mapping[str, Place], strangers: None, stranger: Stranger
) -> None:
    assert_reaches(cluster, f"--namespace={stranger.namespace}", stranger.name, places=NAMES, of=addresses)


@pytest.mark.parametrize("stranger", WHERE_ALL_IS_FREE, ids=str)
def test_a_stranger_from_elsewhere_reaches_the_gate_under_whatever_name(
    cluster: Cluster, addresses: Mapping[str, Place], strangers: None, stranger: Stranger
) -> None:
    free = NAMES | API | {("node", 10250)} | THE_WORLDS
    assert_reaches(cluster, f"--namespace={stranger.namespace}", stranger.name, places=free, of=addresses)


def test_everybody_has_been_tried() -> None:
    assert set(PICTURE) == {*PROGRAMS, CONTROLLER}
