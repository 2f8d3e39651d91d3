"""How a service starts and stops: with wrong settings not at all; and nobody waits for connections merely open."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.waiting import holds_within
from tests.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
GRACEFUL = 10  # chassis/gunicorn.py: what a stop took when connections were open
APP = """
import pathlib, time
def app(environ, start_response):
    begun = pathlib.Path(__file__).with_name("begun")
    if environ["PATH_INFO"] == "/slow":
        begun.touch()
        while begun.exists():
            time.sleep(0.01)
    if environ["PATH_INFO"] == "/read":
        environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/large":
        start_response("200 OK", [("Content-Length", str(10**8))])
        return [bytes(10**8)]
    if environ["PATH_INFO"] == "/seen":
        seen = [environ[name] for name in ("wsgi.url_scheme", "SCRIPT_NAME", "PATH_INFO", "REMOTE_ADDR", "SERVER_PORT")]
        text = " ".join(seen).encode()
        start_response("200 OK", [("Content-Length", str(len(text)))])
        return [text]
    start_response("200 OK", [("Content-Length", "4")])
    return [b"done"]
"""


class Server:
    def __init__(self, folder: Path, **limits: str) -> None:
        (folder / "toy.py").write_text(APP)
        self.begun = folder / "begun"
        self.connections = ExitStack()
        ports = free_ports(["PORT", "INTERNAL_PORT"])
        self.port, self.inner_port = ports["PORT"], ports["INTERNAL_PORT"]
        environment = {name: str(port) for name, port in ports.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "chassis/gunicorn.py", "--pythonpath", folder, "toy:app"],
            cwd=ROOT,
            env={**os.environ, "BIND": "127.0.0.1", **environment, **limits},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def answers(self) -> bool:
        try:
            connection = self.connect("/")
            answer = connection.getresponse()
            connection.close()
        except (OSError, http.client.HTTPException):
            return False
        return answer.status == 200

    def connect(self, path: str) -> http.client.HTTPConnection:
        """A connection on which a request was sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        self.connections.callback(connection.close)
        connection.request("GET", path)
        return connection

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(tmp_path, **getattr(request, "param", {}))
    try:
        assert holds_within(15, server.answers)
        yield server
    finally:
        server.connections.close()
        server.process.kill()
        server.process.wait(10)


def test_an_idle_connection_does_not_hold_up_a_stop(server: Server) -> None:
    connection = server.connect("/")
    connection.getresponse().read()
    began = time.monotonic()
    server.stop()
    assert connection.sock.recv(1) == b""
    assert server.process.wait(15) == 0
    assert time.monotonic() - began < GRACEFUL - 2


def test_nor_does_one_that_never_asked_anything(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        connection.sendall(b"GET / HT")
        assert server.answers()  # the other connection has been accepted by now
        began = time.monotonic()
        server.stop()
        assert connection.recv(1) == b""
    assert server.process.wait(15) == 0
    assert time.monotonic() - began < GRACEFUL - 2


def test_what_is_under_way_is_answered_and_the_connection_closed(server: Server) -> None:
    connection, idle = server.connect("/slow"), server.connect("/")
    idle.getresponse().read()
    assert holds_within(5, server.begun.exists)
    server.stop()
    assert idle.sock.recv(1) == b""  # so the idle ones are gone, and this one is not
    assert holds_within(5, lambda: not server.answers())
    assert server.process.poll() is None
    began = time.monotonic()
    server.begun.unlink()
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"done")
    assert server.process.wait(15) == 0
    assert time.monotonic() - began < GRACEFUL / 2


def test_a_request_on_an_open_connection_is_answered_while_the_service_stops(server: Server) -> None:
    busy, connection = server.connect("/slow"), server.connect("/")
    connection.getresponse().read()
    assert holds_within(5, server.begun.exists)
    server.stop()
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"done")
    server.begun.unlink()
    assert busy.getresponse().status == 200
    assert server.process.wait(15) == 0


def limited(**limits: str) -> pytest.MarkDecorator:
    """The server with other limits than usual."""
    return pytest.mark.parametrize("server", [limits], indirect=True)


@limited(MAX_CONNECTIONS="10")
def test_where_there_is_no_room_the_idlest_connection_goes(server: Server) -> None:
    idle = [server.connect("/") for _ in range(9)]
    for each in idle:
        assert each.getresponse().read() == b"done"
    assert server.answers()
    assert idle[0].sock.recv(1) == b""
    idle[8].request("GET", "/")
    assert idle[8].getresponse().read() == b"done"


@limited(MAX_CONNECTIONS="10")
def test_idle_connections_to_the_inner_port_take_no_room_on_the_public_one(server: Server) -> None:
    for port, number in ((server.inner_port, 5), (server.port, 10)):
        for _ in range(number):
            server.connections.enter_context(socket.create_connection(("127.0.0.1", port), timeout=15))
    assert server.answers()


@limited(MAX_CONNECTIONS="4", REQUEST_SECONDS="0.5")
def test_who_does_not_take_the_answers_is_left(server: Server) -> None:
    for _ in range(4):
        stream = server.connections.enter_context(socket.socket())
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.connect(("127.0.0.1", server.port))
        stream.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    assert holds_within(10, server.answers)


@limited(MAX_CONNECTIONS="10")
def test_however_many_connections_stay_open_others_are_answered(server: Server) -> None:
    for number in range(50):
        stream = server.connections.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=15))
        stream.sendall(b"GET / HT" if number % 2 else b"")
    assert server.answers()


@limited(IDLE_SECONDS="1")
@pytest.mark.parametrize("sent", [b"", b"GET / HT"])
def test_who_sends_no_request_is_left(server: Server, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        connection.sendall(sent)
        assert connection.recv(1) == b""


@limited(REQUEST_SECONDS="0.5")
@pytest.mark.parametrize(
    "head", [b"Content-Length: 9000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n2000\r\n"], ids=["long", "chunked"]
)
def test_a_body_that_comes_byte_by_byte_is_given_up(server: Server, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=0.05) as connection:
        connection.sendall(b"POST /read HTTP/1.1\r\nHost: x\r\n" + head)

        def is_ended() -> bool:
            try:
                connection.sendall(b"x")
                return connection.recv(4096) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        assert holds_within(10, is_ended)
    assert server.answers()


@pytest.mark.parametrize("head", [b"Content-Length: 999999999", b"Transfer-Encoding: chunked"], ids=["long", "chunked"])
def test_the_sender_of_a_body_that_never_ends_is_answered_and_left(server: Server, head: bytes) -> None:
    chunk = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n" + chunk)
        assert connection.recv(12) == b"HTTP/1.1 200"
        with pytest.raises(OSError):  # noqa: PT011  # reset, or a broken pipe
            for _ in range(10_000):
                connection.sendall(chunk)
    assert server.answers()


def test_wrong_settings_end_the_server_and_name_the_variable() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "chassis/gunicorn.py", "userservice.app:create_app()"],
        cwd=ROOT,
        env={**os.environ, "BIND": "127.0.0.1", **{name: "0" for name in ("PORT", "INTERNAL_PORT")}},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 3
    assert (
        ran.stderr
        == "Cannot start, set these variables:\n  INTERNAL_TOKEN: Field required\n  MONGO_URI: Field required\n"
    )


def test_an_answer_that_does_not_fit_at_once_comes_whole(server: Server) -> None:
    assert len(server.connect("/large").getresponse().read()) == 10**8


CLAIMS = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Protocol": "ssl",
    "X-Forwarded-Ssl": "on",
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Port": "5050",
    "Forwarded": "for=192.0.2.1;proto=https",
    "SCRIPT_NAME": "/another",
    "PATH_INFO": "/another",
}


def test_nothing_is_believed_that_only_a_proxy_could_know(server: Server) -> None:
    request = "".join(f"{name}: {value}\r\n" for name, value in CLAIMS.items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        connection.sendall(f"GET /seen HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{request}\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).partition(b"\r\n\r\n")[2].decode()
    assert answer == f"http  /seen 127.0.0.1 {server.port}"
