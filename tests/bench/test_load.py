"""The load: how many ask at once, what is counted, and whose fault a lost answer is."""

import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.bench.load import CREATED, LOST, Measured, closed, open_loop

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\ndone"
ASKED = b"GET / HTTP/1.1\r\n\r\n"


class Peer(socketserver.ThreadingTCPServer):
    """Answers each request as it is told to, in two pieces, and knows how many it served at once."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    answer = ANSWER
    hold: threading.Barrier | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.clients: set[object] = set()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Handler(socketserver.BaseRequestHandler):
    server: Peer

    def handle(self) -> None:
        self.server.clients.add(self.client_address)
        while self.request.recv(4096):
            if not self.server.answer:
                return
            self.request.sendall(self.server.answer[:30])
            self.request.sendall(self.server.answer[30:])


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_each_client_of_a_closed_loop_has_one_connection_and_asks_again(peer: Peer) -> None:
    measured = closed(peer.port, 7, 0.3, lambda: ASKED)
    assert len(peer.clients) == 7
    assert list(measured.latencies) == [CREATED]
    assert measured.count(CREATED) > 7
    assert measured.rate(CREATED) == pytest.approx(measured.count(CREATED) / measured.seconds)
    assert measured.cost > 0


def test_an_open_loop_asks_at_its_rate_whoever_waits(peer: Peer) -> None:
    measured = open_loop(peer.port, 100, 0.5, lambda: ASKED)
    assert measured.count(CREATED) == 50


def test_a_connection_that_ends_before_the_answer_is_lost_and_made_anew(peer: Peer) -> None:
    peer.answer = b""
    measured = closed(peer.port, 2, 0.2, lambda: ASKED)
    assert list(measured.latencies) == [LOST]
    assert len(peer.clients) > 2


def test_who_is_told_to_come_again_later_does(peer: Peer) -> None:
    peer.answer = b"HTTP/1.1 503 Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
    measured = closed(peer.port, 3, 0.5, lambda: ASKED)
    assert measured.count(503) == 3
    assert measured.retry_after == 3


def test_percentiles_are_those_of_one_status() -> None:
    measured = Measured(latencies={CREATED: [3.0, 1.0, 2.0], 503: [9.0]})
    assert [measured.percentile(CREATED, percent) for percent in (0, 50, 99)] == [1.0, 2.0, 3.0]
