"""The gunicorn worker: gevent's, but wrong settings end gunicorn, and no client holds up a stop or other clients."""

import resource
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, Self

import gevent
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.ggevent import GeventWorker

from chassis.limits import Limits
from chassis.settings import SettingsError

# Seconds from SIGTERM until idle connections are closed: gunicorn stops accepting new ones within the first.
PATIENCE = 1.5
# What is read of a body that was refused, so that its sender finds the answer, which a reset would take along.
REST_BYTES = 64 * 1024
OTHER_FILES = 128  # beside connections from clients: to databases and other services, logs, libraries


class Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log without a line a request: the service writes its own."""

    def access(self, *_: object) -> None:
        """Spare the making of a line that goes nowhere."""


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """Nobody waits for connections merely open, nor for clients that take their time.

    Callers keep their connections; each would hold up a stop for the whole of graceful_timeout, and a thousand of them
    would leave no room for others.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: dict[socket.socket, None] = {}  # no request has come whole; who has waited longest is first
        self._open = 0
        self._request_seconds = Limits.read().request_seconds

    def init_process(self) -> None:
        """Start, and serve until told to stop. With wrong settings the whole of gunicorn ends: they will not mend."""
        _raise_limit_of_files(2 * self.cfg.worker_connections + OTHER_FILES)
        try:
            super().init_process()
        except SettingsError as error:
            print(error, file=sys.stderr, flush=True)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve one connection, request after request. Where there is no room for the next, the idlest goes."""
        self._open += 1
        self._idle[client] = None
        if self._open >= self.worker_connections:
            _end(next(iter(self._idle)))
        try:
            super().handle(listener, client, addr)
        finally:
            self._open -= 1
            self._idle.pop(client, None)

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        """Answer one request; once the worker is to stop, its connection is closed after it."""
        self._idle.pop(sock, None)
        slow = gevent.get_hub().loop.timer(self._request_seconds)
        slow.start(_end, sock)
        try:
            with _Answer(sock) as answer:
                super().handle_request(listener_name, req, answer, addr)
            _read_rest(req.body)
        finally:
            slow.close()
            self._idle[sock] = None
            if not self.alive:
                _end(sock)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: answer what is under way, then end."""
        super().handle_exit(sig, frame)
        gevent.spawn_later(PATIENCE, self._close_idle)

    def _close_idle(self) -> None:
        for connection in list(self._idle):
            _end(connection)


class _Answer:
    """A connection on which head and body leave at once: each piece would be a packet, and wake who reads it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._pieces: list[bytes] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pieces:
            self._connection.sendall(b"".join(self._pieces))

    def sendall(self, data: bytes) -> None:
        self._pieces.append(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _read_rest(body: Any) -> None:
    """Read what nobody has read of a body, but not for ever, as gunicorn would. The request's own limit holds still."""
    with suppress(OSError, ValueError):
        for _ in range(REST_BYTES // 1024):
            if not body.read(1024):
                return
    body.failed = True  # gunicorn's word for: where the next request begins is not known


def _raise_limit_of_files(wanted: int) -> None:
    """As far as this process may: a usual limit is 1,024, and each connection is a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _end(connection: socket.socket) -> None:
    """Read no more from it: what has arrived is still answered, and then it is closed."""
    # By a duplicate: gevent would wake who reads this one with an error.
    with suppress(OSError), connection.dup() as duplicate:
        duplicate.shutdown(socket.SHUT_RD)
