"""One call to another service: what is tried again, for how long, and what is doubt."""

import fcntl
import json
import resource
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import gevent.socket
import pytest
from geventhttpclient.connectionpool import ConnectionPool

from chassis import deadlines
from paymentservice.promises import InDoubt, Rejected
from paymentservice.remote import CONNECT_TIMEOUT, READ_TIMEOUT, TRIES, Json, OverHttp, Remote, Unanswered


class Script:
    """A transport that answers from a list, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, Json] | Exception) -> None:
        self._answers = list(answers)
        self.headers: list[dict[str, str]] = []

    def __call__(self, url: str, body: Json, headers: dict[str, str], seconds: float) -> tuple[int, Json]:
        self.headers.append(headers)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def remote(script: Script, slept: list[float] | None = None) -> Remote:
    naps = slept if slept is not None else []
    return Remote("http://x:1/", "token", script, sleep=naps.append, jitter=lambda low, high: high)


@pytest.mark.parametrize("failure", [Unanswered("gone"), (502, {}), (503, {}), (504, {})], ids=str)
def test_what_may_pass_is_tried_again(failure: Any) -> None:
    script = Script(failure, failure, (200, {"yes": 1}))
    assert remote(script).call("/internal/x", {}) == {"yes": 1}


def test_three_tries_in_vain_are_doubt() -> None:
    script = Script(*[Unanswered("gone")] * 9)
    with pytest.raises(InDoubt):
        remote(script).call("/internal/x", {})
    assert len(script.headers) == TRIES


@pytest.mark.parametrize("status", [201, 301, 400, 401, 404, 413, 422, 500])
def test_every_other_status_is_doubt_at_once_and_never_a_no(status: int) -> None:
    script = Script((status, {}))
    with pytest.raises(Rejected) as caught:
        remote(script).call("/internal/x", {})
    assert isinstance(caught.value, InDoubt)
    assert caught.value.status == status


def test_what_must_not_be_asked_twice_is_asked_once() -> None:
    script = Script(Unanswered("gone"), (200, {}))
    with pytest.raises(InDoubt):
        remote(script).call("/internal/x", {}, tries=1)
    assert len(script.headers) == 1


def test_waiting_between_tries_doubles_and_never_passes_the_deadline() -> None:
    naps: list[float] = []
    with pytest.raises(InDoubt):
        remote(Script(*[Unanswered("gone")] * 3), naps).call("/internal/x", {})
    assert naps == [0.2, 0.4]
    naps.clear()
    with deadlines.deadline(0.1), pytest.raises(InDoubt):
        remote(Script(*[Unanswered("gone")] * 3), naps).call("/internal/x", {})
    assert all(nap <= 0.1 for nap in naps)


def test_nothing_is_sent_after_the_deadline() -> None:
    script = Script()
    with deadlines.deadline(0), pytest.raises(InDoubt):
        remote(script).call("/internal/x", {})
    assert script.headers == []


def test_the_rest_of_the_deadline_and_the_token_are_passed_on() -> None:
    script = Script((200, {}))
    with deadlines.deadline(2):
        remote(script).call("/internal/x", {})
    assert script.headers[0]["Authorization"] == "Bearer token"
    assert 1000 < int(script.headers[0][deadlines.HEADER]) <= 2000


class _Peer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/slow":
            time.sleep(CONNECT_TIMEOUT + 0.3)
        if self.path == "/never":
            self.server.ends.wait(10)  # type: ignore[attr-defined]
        replies = {"/garbage": b"<html>", "/moved": b""}
        reply = replies.get(self.path, b'{"a": 1}')
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/ok")
        self.send_header("Content-Length", str(len(reply) + (self.path == "/half")))
        self.end_headers()
        self.wfile.write(reply)
        self.close_connection = self.path in ("/half", "/once")

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Counts connections, and who closes them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Peer)
        self.connections = 0
        self.closed = threading.Semaphore(0)
        self.ends = threading.Event()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.closed.release()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.ends.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def peer(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def post() -> Iterator[OverHttp]:
    post = OverHttp()
    yield post
    post.close()


def test_over_http_an_answer_is_its_status_and_its_json(post: OverHttp, peer: str) -> None:
    assert post(f"{peer}/ok", {}, {}, 5) == (200, {"a": 1})


def test_over_http_the_first_answer_on_a_connection_has_as_long_as_any(post: OverHttp, peer: str) -> None:
    for _ in range(2):
        assert post(f"{peer}/slow", {}, {}, 5) == (200, {"a": 1})


def test_over_http_a_redirect_is_not_followed(post: OverHttp, peer: str) -> None:
    assert post(f"{peer}/moved", {}, {}, 5)[0] == 302


def test_over_http_nobody_waits_longer_than_was_said(post: OverHttp, peer: str) -> None:
    began = time.monotonic()
    with pytest.raises(Unanswered):
        post(f"{peer}/never", {}, {}, 0.2)
    assert time.monotonic() - began < READ_TIMEOUT


def test_over_http_a_connection_is_kept_and_one_that_was_closed_is_not_used_again(
    post: OverHttp, peer: str, server: Server
) -> None:
    for path in ("/ok", "/ok", "/once"):
        assert post(f"{peer}{path}", {}, {}, 5) == (200, {"a": 1})
    assert server.connections == 1
    assert server.closed.acquire(timeout=5)
    assert post(f"{peer}/ok", {}, {}, 5) == (200, {"a": 1})
    assert server.connections == 2


def test_over_http_a_connection_is_kept_where_files_are_many(
    post: OverHttp, peer: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def far_up(self: ConnectionPool, family: int, kind: int, protocol: int) -> Any:
        with gevent.socket.socket(family, kind, protocol) as low:
            number = fcntl.fcntl(low.fileno(), fcntl.F_DUPFD_CLOEXEC, 1100)
            return gevent.socket.socket(family, kind, protocol, number)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2048)), hard))
    monkeypatch.setattr(ConnectionPool, "_create_tcp_socket", far_up)
    for _ in range(3):
        assert post(f"{peer}/ok", {}, {}, 5) == (200, {"a": 1})
    assert server.connections == 1


def test_over_http_nothing_is_sent_to_another_address_once_the_time_is_over(
    post: OverHttp, peer: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        busy = [socket.socket() for _ in range(4)]
        for each in busy:  # one finds room, and whoever comes after them waits
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        about = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        there = [(*about, full.getsockname()), (*about, ("127.0.0.1", server.server_port))]
        monkeypatch.setattr(ConnectionPool, "_resolve", lambda self: there)
        with pytest.raises(Unanswered):
            post(f"{peer}/ok", {}, {}, CONNECT_TIMEOUT / 2)
        for each in busy:
            each.close()
    assert server.connections == 0


@pytest.mark.parametrize("host", ["LocalHost", "127.0.0.1"])
def test_over_http_a_name_is_written_as_one_likes(post: OverHttp, server: Server, host: str) -> None:
    assert post(f"http://{host}:{server.server_port}/ok", {}, {}, 5) == (200, {"a": 1})


@pytest.mark.parametrize("path", ["/garbage", "/half"])
def test_over_http_an_answer_that_is_no_json_is_no_answer(post: OverHttp, peer: str, path: str) -> None:
    with pytest.raises(Unanswered):
        post(f"{peer}{path}", {}, {}, 5)


def test_over_http_a_closed_port_is_no_answer_and_names_no_secret(post: OverHttp) -> None:
    with pytest.raises(Unanswered) as caught:
        post("http://127.0.0.1:1/internal/x", {}, {"Authorization": "Bearer secret"}, 5)
    assert "secret" not in json.dumps(str(caught.value))
