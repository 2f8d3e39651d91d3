"""The probe: yes only to a service that is ready."""

import socket
import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from chassis import probe


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Of a server that answers with the status that the test says, and 404 anywhere but at /health/ready."""

    def application(environ, start_response):  # type: ignore[no-untyped-def]
        start_response(request.param if environ["PATH_INFO"] == "/health/ready" else "404 Not Found", [])
        return []

    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize("port", ["200 OK"], indirect=True)
def test_a_ready_service(port: int) -> None:
    assert probe.is_ready(port)


@pytest.mark.parametrize("port", ["503 Service Unavailable", "404 Not Found", "302 Found"], indirect=True)
def test_any_other_answer_is_no(port: int) -> None:
    assert not probe.is_ready(port)


def test_nobody_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert not probe.is_ready(unused.getsockname()[1])


def test_somebody_who_speaks_no_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_babble, args=[server]).start()
        assert not probe.is_ready(server.getsockname()[1])


def test_somebody_who_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not probe.is_ready(server.getsockname()[1])


def _babble(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(b"220 mail.example.com\r\n")
