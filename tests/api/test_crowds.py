"""Clients that take room and time, and give nothing: everybody else is served meanwhile."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

from local.shop import Shop
from tests.faults.customers import open_for
from tests.faults.market import Market

IDLE = 1000
SLOW, ENDLESS = 50, 5
SERVED_WITHIN = 5.0  # seconds, on a machine that has other things to do; nobody waits for those who take their time
HEAD = b"POST /payments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
Crowd = Callable[[socket.socket], None]


def says_nothing(_: socket.socket) -> None:
    return


def says_half_a_head(connection: socket.socket) -> None:
    connection.sendall(HEAD)


def says_half_a_body(connection: socket.socket) -> None:
    connection.sendall(HEAD + b'Content-Length: 500\r\n\r\n{"user_id": "')


def says_more_and_more(connection: socket.socket) -> None:
    connection.setblocking(False)
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    with suppress(OSError):  # as much as the connection takes
        while True:
            connection.send(b"2000\r\n" + b" " * 0x2000 + b"\r\n")


@pytest.fixture
def crowd(shop: Shop) -> Iterator[Callable[[Crowd, int], None]]:
    """Lets so many clients come to paymentservice, each of whom does the same and stays."""
    with ExitStack() as connections:

        def come(deed: Crowd, number: int) -> None:
            for _ in range(number):
                address = ("127.0.0.1", shop.ports.public("paymentservice"))
                deed(connections.enter_context(socket.create_connection(address, timeout=10)))

        yield come


@pytest.mark.parametrize(
    ("deed", "number"),
    [(says_nothing, IDLE), (says_half_a_head, SLOW), (says_half_a_body, SLOW), (says_more_and_more, ENDLESS)],
)
def test_other_customers_are_served(shop: Shop, crowd: Callable[[Crowd, int], None], deed: Crowd, number: int) -> None:
    market = Market(shop.urls, prefix=f"crowd-{time.time_ns():x}")
    [customer] = open_for(market, seed=1, customers=1)
    crowd(deed, number)
    for _ in range(3):
        began = time.monotonic()
        assert market.send(customer.payment("cold", 1))
        assert time.monotonic() - began < SERVED_WITHIN
    assert set(market.answers.counts) == {201}
