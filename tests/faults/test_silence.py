"""What a client is told apart: a server that is not there, one that hangs up, one that breaks off, one that sleeps."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.faults.silence import Silence, silence_of

HEAD = b"HTTP/1.1 201 CREATED\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: to close is to reset


@contextmanager
def server(answer: bytes | None, *, linger: bytes = b"") -> Iterator[str]:
    """The address of a server that reads one request, sends `answer`, and hangs up; without one it only waits."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                if answer is None:
                    done.wait(5)
                    return
                connection.sendall(answer)
                if linger:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        done.set()
        thread.join()


def told(url: str) -> Silence:
    with requests.Session() as session, pytest.raises((requests.RequestException, ValueError)) as raised:
        session.trust_env = False
        session.get(url, timeout=(1, 0.2)).json()
    assert isinstance(raised.value, requests.RequestException | ValueError)
    return silence_of(raised.value)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert told(f"http://127.0.0.1:{port}") is Silence.REFUSED


@pytest.mark.parametrize("linger", [b"", RESET], ids=["closed", "reset"])
def test_the_connection_ends_without_a_byte(linger: bytes) -> None:
    with server(b"", linger=linger) as url:
        assert told(url) is Silence.EMPTY


@pytest.mark.parametrize("answer", [HEAD[:9], HEAD[:40], HEAD, HEAD + b'{"a":'], ids=["line", "head", "gap", "body"])
def test_the_connection_is_closed_within_the_answer(answer: bytes) -> None:
    with server(answer) as url:
        assert told(url) is Silence.BROKEN


@pytest.mark.parametrize("answer", [HEAD, HEAD + b'{"a":'], ids=["gap", "body"])
def test_the_connection_is_reset_within_the_answer(answer: bytes) -> None:
    with server(answer, linger=RESET) as url:
        assert told(url) is Silence.BROKEN


def test_a_whole_answer_that_is_no_json_is_a_broken_one() -> None:
    with server(HEAD + b"123456 78") as url:
        assert told(url) is Silence.BROKEN


def test_the_answer_does_not_come() -> None:
    with server(None) as url:
        assert told(url) is Silence.LATE
