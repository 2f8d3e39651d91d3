"""Who reaches whom: what must stay out of reach, each time tried beside something that must not."""

import json
import socket
import sys
from collections.abc import Iterable

import pytest
import requests

from local.catalogue import DATABASES, PROGRAMS, SERVICE_NAMES, SERVICES, service_named
from tests.blackbox.shop import assert_refused
from tests.compose import Compose, docker
from tests.web import new_session

INNER_PORTS = {"mongodb": (27017,), "postgresql": (5432,), **dict.fromkeys(SERVICE_NAMES, (5000, 5050))}
SHOP = {"userservice", "productservice", "orderservice", "paymentservice"}
IN_REACH = {
    **dict.fromkeys(("userservice", "productservice", "orderservice"), SHOP | {"mongodb"}),
    "paymentservice": SHOP | {"walletservice"},
    "walletservice": {"walletservice", "paymentservice", "postgresql"},
}
INNER_ROUTES = {
    "userservice": "/internal/users/find",
    "productservice": "/internal/products/look",
    "walletservice": "/internal/wallets/look",
    "orderservice": "/internal/orders/find",
}
CONNECT = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def connects(place):
    try:
        socket.create_connection(place, timeout=3).close()
    except OSError:
        return False
    return True

places = [tuple(place) for place in json.loads(sys.argv[1])]
with ThreadPoolExecutor(64) as pool:
    print(json.dumps(list(pool.map(connects, places))))
"""
Place = tuple[str, int]  # a name or an address, and a port


def reached(*origin: str, places: Iterable[Place]) -> set[Place]:
    """Those of the places to which a connection can be made by `docker` with these arguments, as in exec or run."""
    wanted = sorted(set(places))
    answers = json.loads(docker(*origin, "python", "-c", CONNECT, json.dumps(wanted)).stdout)
    return {place for place, connects in zip(wanted, answers, strict=True) if connects}


def networks_of(compose: Compose, program: str) -> list[dict[str, str]]:
    return list(compose.inspect(program)["NetworkSettings"]["Networks"].values())


def by_name(program: str) -> set[Place]:
    return {(program, port) for port in INNER_PORTS[program]}


def by_address(compose: Compose, program: str) -> set[Place]:
    addresses = [network["IPAddress"] for network in networks_of(compose, program)]
    return {(address, port) for address in addresses for port in INNER_PORTS[program]}


@pytest.mark.parametrize("origin", IN_REACH)
def test_a_service_reaches_its_own_world_and_nothing_of_the_other(compose: Compose, origin: str) -> None:
    inside = {place for program in IN_REACH[origin] for place in by_name(program)}
    others = set(PROGRAMS) - IN_REACH[origin]
    outside = {place for program in others for place in by_name(program) | by_address(compose, program)}
    assert len(outside) >= 4
    assert reached("exec", compose.container(origin), places=inside | outside) == inside


def test_a_stranger_in_the_shops_network_reaches_neither_the_bank_nor_a_database(compose: Compose) -> None:
    outside = {
        place for program in ("walletservice", *DATABASES) for place in by_name(program) | by_address(compose, program)
    }
    stranger = ("run", "--rm", f"--network={compose.project}_shop", "userservice")
    assert reached(*stranger, places={*outside, ("productservice", 5000)}) == {("productservice", 5000)}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the engine runs in a machine of its own")
@pytest.mark.parametrize("origin", IN_REACH)
def test_what_is_published_on_this_machine_is_not_published_to_containers(compose: Compose, origin: str) -> None:
    for network in networks_of(compose, origin):
        gateway = network["Gateway"]
        published = {(gateway, port) for port in compose.ports.values()}
        assert len(published) == len(PROGRAMS)
        with socket.create_server((gateway, 0)) as listener:
            here = (gateway, listener.getsockname()[1])
            assert reached("exec", compose.container(origin), places={*published, here}) == {here}


@pytest.mark.parametrize("program", PROGRAMS)
def test_one_port_of_a_container_is_published_on_this_machine_alone(compose: Compose, program: str) -> None:
    variable = {"mongodb": "MONGO_PORT", "postgresql": "POSTGRES_PORT"}.get(program) or service_named(
        program
    ).port_variable
    [published] = docker("port", compose.container(program)).stdout.splitlines()
    assert published == f"{INNER_PORTS[program][0]}/tcp -> 127.0.0.1:{compose.ports[variable]}"


def test_nothing_is_published_on_the_machines_other_addresses(compose: Compose) -> None:
    for port in compose.ports.values():
        socket.create_connection(("127.0.0.1", port), timeout=3).close()
        with pytest.raises(OSError):
            socket.create_connection((_address_of_this_machine(), port), timeout=3).close()


def _address_of_this_machine() -> str:
    """One that other machines know it by; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards_others:
        towards_others.connect(("192.0.2.1", 9))
        address: str = towards_others.getsockname()[0]
    assert not address.startswith("127."), address
    return address


@pytest.mark.parametrize("service", INNER_ROUTES)
def test_an_inner_route_is_unknown_on_the_published_port_even_to_who_has_the_token(
    compose: Compose, service: str
) -> None:
    assert_refused(ask(compose, compose.urls[service], service, token=True), 404, "not_found")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the engine runs in a machine of its own")
@pytest.mark.parametrize("service", INNER_ROUTES)
def test_who_is_on_the_engines_machine_needs_the_token(compose: Compose, service: str) -> None:
    url = f"http://{networks_of(compose, service)[0]['IPAddress']}:5050"
    assert_refused(ask(compose, url, service, token=False), 401, "unauthorized")
    assert ask(compose, url, service, token=True).status_code == 400


def ask(compose: Compose, url: str, service: str, *, token: bool) -> requests.Response:
    """Call an inner route with a body that says nothing."""
    headers = {"Authorization": f"Bearer {compose.passwords['INTERNAL_TOKEN']}"} if token else {}
    with new_session() as session:
        return session.post(url + INNER_ROUTES[service], json={}, headers=headers, timeout=10)


def test_every_service_has_been_tried(compose: Compose) -> None:
    assert set(IN_REACH) == {service.name for service in SERVICES}
    assert set(INNER_ROUTES) == set(IN_REACH) - {"paymentservice"}, "paymentservice has no inner route"
