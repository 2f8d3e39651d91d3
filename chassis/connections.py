"""Connections from clients: which of them wait, how one is answered in one piece, and how it ends."""

import socket
import time
from contextlib import suppress
from typing import Any, Self

# What is read of a body that was refused, so that its sender finds the answer, which a reset would take along.
REST_BYTES = 1024 * 1024


class Port:
    """The connections to one port. gevent has a pool for each, which takes no more once it is full."""

    def __init__(self) -> None:
        self.open = 0
        self.idle: dict[socket.socket, float] = {}  # no request has come whole since then; the idlest is first
        self._answering: dict[Answer, float] = {}  # since its request came; the slowest is first

    def wait_for_request(self, connection: socket.socket) -> None:
        self.idle[connection] = time.monotonic()

    def begin(self, answer: "Answer") -> None:
        """A request has come: it is to be answered in time."""
        self.idle.pop(answer.connection, None)
        self._answering[answer] = time.monotonic()

    def end(self, answer: "Answer") -> None:
        """It is answered."""
        self._answering.pop(answer, None)
        self.wait_for_request(answer.connection)

    def end_idlest(self) -> None:
        if self.idle:
            idlest = next(iter(self.idle))
            del self.idle[idlest]  # at once, so that the next who comes finds another
            end(idlest)

    def end_idle(self, seconds: float) -> None:
        """End the connections that have been idle for so long."""
        before = time.monotonic() - seconds
        while self.idle and next(iter(self.idle.values())) <= before:
            self.end_idlest()

    def end_slow(self, seconds: float) -> None:
        """Give up the requests that have taken so long."""
        before = time.monotonic() - seconds
        while self._answering and next(iter(self._answering.values())) <= before:
            slowest = next(iter(self._answering))
            del self._answering[slowest]
            slowest.give_up()


class Answer:
    """A connection on which head and body leave at once: each piece would be a packet, and wake who reads it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._pieces: list[bytes] = []
        self._is_leaving = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pieces:
            self._is_leaving = True
            rest = memoryview(b"".join(self._pieces))
            while rest := rest[self.connection.send(rest) :]:  # not sendall, which first asks how much fits
                pass

    def give_up(self) -> None:
        """The time for the request is over: no more of it is read, and who does not take the answer is left."""
        end(self.connection, socket.SHUT_RDWR if self._is_leaving else socket.SHUT_RD)

    def sendall(self, data: bytes) -> None:
        self._pieces.append(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def read_rest(body: Any) -> None:
    """Read what nobody has read of a body, but not for ever, as gunicorn would. The request's own limit holds still."""
    with suppress(OSError, ValueError):
        for _ in range(REST_BYTES // 1024):
            if not body.read(1024):
                return
    body.failed = True  # gunicorn's word for: where the next request begins is not known


def end(connection: socket.socket, ways: int = socket.SHUT_RD) -> None:
    """Read no more from it: what has arrived is still answered, and then it is closed."""
    with suppress(OSError):
        try:
            with connection.dup() as duplicate:  # gevent would wake who reads this one with an error
                duplicate.shutdown(ways)
        except OSError:  # no file is left for a duplicate
            connection.shutdown(ways)
