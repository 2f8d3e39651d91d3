"""The gunicorn worker: gevent's, but wrong settings end gunicorn, and open connections do not hold up a stop."""

import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

import gevent
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.ggevent import GeventWorker

from chassis.settings import SettingsError

# Seconds from SIGTERM until idle connections are closed: gunicorn stops accepting new ones within the first.
PATIENCE = 1.5


class Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log without a line a request: the service writes its own."""

    def access(self, *_: object) -> None:
        """Spare the making of a line that goes nowhere."""


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """Callers keep their connections; each would hold up a stop for the whole of graceful_timeout."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: set[socket.socket] = set()

    def init_process(self) -> None:
        """Start, and serve until told to stop. With wrong settings the whole of gunicorn ends: they will not mend."""
        try:
            super().init_process()
        except SettingsError as error:
            print(error, file=sys.stderr, flush=True)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve one connection, request after request."""
        self._idle.add(client)
        try:
            super().handle(listener, client, addr)
        finally:
            self._idle.discard(client)

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        """Answer one request; once the worker is to stop, its connection is closed after it."""
        self._idle.discard(sock)
        try:
            super().handle_request(listener_name, req, sock, addr)
        finally:
            self._idle.add(sock)
            if not self.alive:
                _end(sock)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: answer what is under way, then end."""
        super().handle_exit(sig, frame)
        gevent.spawn_later(PATIENCE, self._close_idle)

    def _close_idle(self) -> None:
        for connection in self._idle:
            _end(connection)


def _end(connection: socket.socket) -> None:
    """Read no more from it: what has arrived is still answered, and then it is closed."""
    # By a duplicate: gevent would wake who reads this one with an error.
    with suppress(OSError), connection.dup() as duplicate:
        duplicate.shutdown(socket.SHUT_RD)
