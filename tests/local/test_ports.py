"""Which ports are chosen, and what is said of one that is taken."""

import os
import socket
from collections.abc import Iterator

import pytest

from local import listeners, ports
from local.catalogue import DEFAULT_PORTS, MONGO_PORT, POSTGRES_PORT, SERVICES
from local.errors import PortTaken, WrongCall
from local.ports import choose_ports
from tests.local.conftest import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        yield port


@pytest.fixture
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """A machine on which only the ports put into this set are in use."""
    in_use: set[int] = set()
    monkeypatch.setattr(listeners, "why_not", lambda port: "in use" if port in in_use else "")
    monkeypatch.setattr(listeners, "holder", lambda port: "")
    return in_use


def choose(
    *, explicit: dict[str, int] | None = None, remembered: dict[str, int] | None = None, own: set[int] | None = None
) -> dict[str, int]:
    return dict(choose_ports(explicit=explicit or {}, remembered=remembered or {}, own=own or set()).numbers)


def test_the_usual_ports_are_taken_where_free(quiet_machine: set[int]) -> None:
    assert choose() == DEFAULT_PORTS


def test_a_service_is_never_moved_silently(quiet_machine: set[int]) -> None:
    quiet_machine.add(5003)
    with pytest.raises(PortTaken, match="port 5003 \\(WALLETS_PORT\\) is in use"):
        choose()


def test_all_ports_that_are_taken_are_named_at_once(quiet_machine: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "holder", lambda port: f"process {port - 5000}: something")
    quiet_machine.update({5001, 5004})
    with pytest.raises(PortTaken) as refusal:
        choose()
    assert str(refusal.value).split("\n       ") == [
        "port 5001 (PRODUCTS_PORT) is in use, by process 1: something",
        "port 5004 (ORDERS_PORT) is in use, by process 4: something",
    ]
    assert refusal.value.advice.endswith(
        ": USERS_PORT=5100 PRODUCTS_PORT=5101 PAYMENTS_PORT=5102 WALLETS_PORT=5103 ORDERS_PORT=5104 ./setup.sh local up"
    )


def test_the_way_out_keeps_what_the_user_has_set(quiet_machine: set[int]) -> None:
    quiet_machine.update({5001, 7004})
    with pytest.raises(PortTaken) as refusal:
        choose(explicit={"USERS_PORT": 7000, "ORDERS_PORT": 7004, MONGO_PORT: 4000})
    assert refusal.value.advice.endswith(
        ": USERS_PORT=7000 PRODUCTS_PORT=5101 PAYMENTS_PORT=5102 WALLETS_PORT=5103 ORDERS_PORT=7104 MONGO_PORT=4000"
        " ./setup.sh local up"
    )


def test_a_database_port_alone_moves_no_service(quiet_machine: set[int]) -> None:
    quiet_machine.add(4000)
    with pytest.raises(PortTaken) as refusal:
        choose(explicit={MONGO_PORT: 4000})
    assert refusal.value.advice.endswith(": MONGO_PORT=4100 ./setup.sh local up")


@pytest.mark.parametrize(
    ("port", "in_use", "offered"),
    [(5900, (), 6100), (65_500, (), 65_400), (5000, (5100,), 5200), (5000, (5101,), 5100)],
    ids=["browsers refuse 6000", "no port is above 65535", "taken too", "a neighbour's is taken too"],
)
def test_a_port_that_is_offered_can_be_used(
    quiet_machine: set[int], port: int, in_use: tuple[int, ...], offered: int
) -> None:
    quiet_machine.update({port, *in_use})
    with pytest.raises(PortTaken, match="USERS_PORT") as refusal:
        choose(explicit={"USERS_PORT": port})
    assert f" USERS_PORT={offered} " in refusal.value.advice


@pytest.mark.parametrize("name", [MONGO_PORT, POSTGRES_PORT, SERVICES[0].internal_port_variable])
def test_a_database_or_an_internal_port_moves_out_of_the_way(quiet_machine: set[int], name: str) -> None:
    quiet_machine.add(DEFAULT_PORTS[name])
    assert choose()[name] in ports.FREE_RANGE


def test_a_database_port_that_was_asked_for_is_not_moved(quiet_machine: set[int]) -> None:
    quiet_machine.add(4000)
    with pytest.raises(PortTaken, match=MONGO_PORT):
        choose(explicit={MONGO_PORT: 4000})


def test_a_port_stays_where_it_was_last_time(quiet_machine: set[int]) -> None:
    assert choose(remembered={POSTGRES_PORT: 20_000, "USERS_PORT": 6000}) == {
        **DEFAULT_PORTS,
        POSTGRES_PORT: 20_000,
        "USERS_PORT": 6000,
    }


def test_a_port_held_by_this_very_shop_is_fine(quiet_machine: set[int]) -> None:
    quiet_machine.update(DEFAULT_PORTS.values())
    assert choose(own=set(DEFAULT_PORTS.values())) == DEFAULT_PORTS


def test_two_services_cannot_share_a_port(quiet_machine: set[int]) -> None:
    with pytest.raises(WrongCall, match="are both 5001"):
        choose(explicit={"USERS_PORT": 5001})


def test_a_database_does_not_take_a_port_meant_for_a_service(quiet_machine: set[int]) -> None:
    assert choose(explicit={"USERS_PORT": DEFAULT_PORTS[MONGO_PORT]})[MONGO_PORT] in ports.FREE_RANGE


def test_a_listener_is_found_with_its_process(taken: int) -> None:
    assert listeners.why_not(taken) == "in use"
    assert str(os.getpid()) in listeners.holder(taken)


def test_a_listener_on_all_addresses_or_on_ipv6_alone_is_found_too() -> None:
    for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")):
        port = free_port()
        with socket.create_server((host, port), family=family):
            assert listeners.why_not(port) == "in use"


def test_a_free_port_has_no_reason_against_it() -> None:
    port = free_port()
    assert (listeners.why_not(port), listeners.holder(port)) == ("", "")


def test_a_mac_is_told_of_airplay(quiet_machine: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    quiet_machine.add(5000)
    with pytest.raises(PortTaken) as refusal:
        choose()
    assert "AirPlay" in refusal.value.advice
