"""Whoever comes on top of too many: the worker's answer on the wire, with and without what WSGI wants."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local.waiting import holds_within
from tests.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a token of the tests"
APP = """
import pathlib, time
from chassis.fields import Body
from chassis.service import Service
from chassis.settings import ServiceSettings

def create():
    def known(asked):
        return {"Idempotency-Key": asked.key or "made", "asked": f"{asked.method} {asked.path}",
                "bytes": str(len(asked.body()))}

    app = Service("toy", ServiceSettings.read(), known_of=known)

    @app.get("/slow")
    def slow():
        begun = pathlib.Path(__file__).with_name("begun")
        begun.touch()
        while begun.exists():
            time.sleep(0.01)
        return {}

    @app.operation("/internal/toys")
    def inner(body: Body):
        return {"is": "served"}

    return app
"""


class Busy:
    """A service with one place, which somebody has taken."""

    def __init__(self, folder: Path) -> None:
        (folder / "toy.py").write_text(APP)
        self._begun = folder / "begun"
        ports = free_ports(["PORT", "INTERNAL_PORT"])
        self.port, self.inner_port = ports["PORT"], ports["INTERNAL_PORT"]
        variables = {"BIND": "127.0.0.1", "INTERNAL_TOKEN": TOKEN, "MAX_REQUESTS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "chassis/gunicorn.py", "--pythonpath", folder, "toy:create()"],
            cwd=ROOT,
            env={**os.environ, **variables, **{name: str(port) for name, port in ports.items()}},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._taker = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def take(self) -> None:
        assert holds_within(15, self._asks)
        assert holds_within(15, self._begun.exists)  # the port is open before the service is there

    def free(self) -> None:
        self._begun.unlink()
        assert self._taker.getresponse().read()

    def end(self) -> None:
        self._taker.close()
        self.process.kill()
        self.process.wait(10)

    def _asks(self) -> bool:
        try:
            self._taker.request("GET", "/slow")
        except OSError:
            self._taker.close()
            return False
        return True


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Busy]:
    busy = Busy(tmp_path)
    try:
        busy.take()
        yield busy
    finally:
        busy.end()


def said(answer: http.client.HTTPResponse) -> tuple[int, dict[str, object]]:
    return answer.status, json.loads(answer.read())


def test_the_refusal_names_what_was_asked_and_the_connection_stays(busy: Busy) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", busy.port, timeout=15)) as client:
        headers = {"Idempotency-Key": "k-1", "X-Request-ID": "r-1"}
        client.request("POST", "/toys%20and%20more?x=1", b"12345", headers)
        connection = client.sock
        answer = client.getresponse()
        status, problem = said(answer)
        assert (status, answer.reason) == (503, "Service Unavailable")
        assert (problem["asked"], problem["bytes"], problem["request_id"]) == ("POST /toys and more", "5", "r-1")
        told = {name: answer.headers[name] for name in ("Content-Type", "Retry-After", *headers)}
        assert told == {"Content-Type": "application/problem+json", "Retry-After": "1", **headers}
        assert answer.headers["Date"]
        assert "Server" not in answer.headers  # gunicorn's word on what WSGI has answered

        busy.free()
        client.request("GET", "/health/ready")
        assert said(client.getresponse()) == (200, {"status": "ready"})
        assert client.sock is connection


@pytest.mark.parametrize(
    ("head", "by_wsgi"),
    [
        (b"GET /toys HTTP/1.0\r\n", False),
        (b"GET /toys HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", False),
        (b"GET /toys HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nX-A: 2\r\nConnection: close\r\n", True),
        (b"HEAD /toys HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", True),
    ],
)
def test_whoever_asks_once_is_refused_and_left(busy: Busy, head: bytes, by_wsgi: bool) -> None:
    with socket.create_connection(("127.0.0.1", busy.port), timeout=15) as client:
        client.sendall(head + b"\r\n")
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    fields, _, body = answer.partition(b"\r\n\r\n")
    assert fields.startswith(b"HTTP/1.1 503 Service Unavailable\r\n") or fields.startswith(b"HTTP/1.0 503 ")
    assert b"Connection: close" in fields
    assert (b"\r\nServer: " in fields) == by_wsgi
    assert (body == b"") == head.startswith(b"HEAD")


def test_who_waits_for_leave_to_send_is_given_it_and_refused(busy: Busy) -> None:
    head = b"POST /toys HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", busy.port), timeout=15) as client:
        client.sendall(head)
        leave = client.recv(65536)
        assert leave == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b'"bytes":"3"' in answer


def test_watchers_and_other_services_find_room(busy: Busy) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", busy.port, timeout=15)) as client:
        client.request("GET", "/health")
        assert said(client.getresponse()) == (200, {"status": "healthy"})
    with closing(http.client.HTTPConnection("127.0.0.1", busy.inner_port, timeout=15)) as service:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        service.request("POST", "/internal/toys", b"{}", headers)
        assert said(service.getresponse()) == (200, {"is": "served"})


def test_a_service_that_stops_says_that_the_connection_ends(busy: Busy) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", busy.port, timeout=15)) as client:

        def ends() -> bool:
            client.request("GET", "/toys")
            answer = client.getresponse()
            assert said(answer)[0] == 503
            return answer.headers["Connection"] == "close"

        assert not ends()
        busy.process.terminate()
        assert holds_within(5, ends)
