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
REST_BYTES = 1024 * 1024
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
        self._ports: dict[Any, _Port] = {}
        self._port_of: dict[socket.socket, _Port] = {}
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
        port = self._port_of[client] = self._ports.setdefault(listener, _Port())
        port.open += 1
        if port.open >= self.worker_connections:
            port.end_idlest()
        port.idle[client] = None
        try:
            super().handle(listener, client, addr)
        finally:
            port.open -= 1
            port.idle.pop(client, None)
            del self._port_of[client]

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        """Answer one request; once the worker is to stop, its connection is closed after it."""
        port = self._port_of[sock]
        port.idle.pop(sock, None)
        answer = _Answer(sock)
        slow = gevent.get_hub().loop.timer(self._request_seconds)
        slow.start(answer.give_up)
        try:
            with answer:
                super().handle_request(listener_name, req, answer, addr)
            _read_rest(req.body)
        finally:
            slow.close()
            port.idle[sock] = None
            if not self.alive:
                _end(sock)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: answer what is under way, then end."""
        super().handle_exit(sig, frame)
        gevent.spawn_later(PATIENCE, self._close_idle)

    def _close_idle(self) -> None:
        for port in self._ports.values():
            for connection in port.idle:
                _end(connection)


class _Port:
    """The connections to one port. gevent has a pool for each, which takes no more once it is full."""

    def __init__(self) -> None:
        self.open = 0
        self.idle: dict[socket.socket, None] = {}  # no request has come whole; who has waited longest is first

    def end_idlest(self) -> None:
        if self.idle:
            idlest = next(iter(self.idle))
            del self.idle[idlest]  # at once, so that the next who comes finds another
            _end(idlest)


class _Answer:
    """A connection on which head and body leave at once: each piece would be a packet, and wake who reads it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._pieces: list[bytes] = []
        self._is_leaving = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pieces:
            self._is_leaving = True
            self._connection.sendall(b"".join(self._pieces))

    def give_up(self) -> None:
        """The time for the request is over: no more of it is read, and who does not take the answer is left."""
        _end(self._connection, socket.SHUT_RDWR if self._is_leaving else socket.SHUT_RD)

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


def _end(connection: socket.socket, ways: int = socket.SHUT_RD) -> None:
    """Read no more from it: what has arrived is still answered, and then it is closed."""
    # By a duplicate: gevent would wake who reads this one with an error.
    with suppress(OSError), connection.dup() as duplicate:
        duplicate.shutdown(ways)
