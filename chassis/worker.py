"""The gunicorn worker: gevent's, but wrong settings end gunicorn, and no client holds up a stop or other clients."""

import resource
import socket
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from types import FrameType
from typing import Any

import gevent
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.util import http_date, unquote_to_wsgi_str
from gunicorn.workers.ggevent import GeventWorker

from chassis.admission import STATUS, Asked
from chassis.bodies import PUBLIC_LIMIT
from chassis.connections import Answer, Port, end, read_rest
from chassis.limits import Limits
from chassis.metrics import WATCHERS
from chassis.settings import SettingsError

# Seconds from SIGTERM until idle connections are closed: gunicorn stops accepting new ones within the first.
PATIENCE = 1.5
LOOK_SECONDS = 0.25  # between looks for who takes too long: a timer for each request takes longer than to look
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
        self._ports: dict[Any, Port] = {}
        self._port_of: dict[socket.socket, Port] = {}
        self._waits_for_nobody = False
        self._request_seconds = Limits.read().request_seconds

    def init_process(self) -> None:
        """Start, and serve until told to stop. With wrong settings the whole of gunicorn ends: they will not mend."""
        _raise_limit_of_files(2 * self.cfg.worker_connections + OTHER_FILES)
        try:
            super().init_process()
        except SettingsError as error:
            print(error, file=sys.stderr, flush=True)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def run(self) -> None:
        """Serve; and look now and then who takes too long."""
        gevent.spawn(self._look_for_late)
        super().run()

    def timeout_ctx(self) -> AbstractContextManager[None]:
        """No timer for each wait for a request, which takes longer than to note when the wait began."""
        return nullcontext()

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve one connection, request after request. Where there is no room for the next, the idlest goes."""
        port = self._port_of[client] = self._ports.setdefault(listener, Port())
        port.open += 1
        if port.open >= self.worker_connections:
            port.end_idlest()
        port.wait_for_request(client)
        try:
            super().handle(listener, client, addr)
        finally:
            port.open -= 1
            port.idle.pop(client, None)
            del self._port_of[client]

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        """Answer one request; once the worker is to stop, its connection is closed after it."""
        port, answer = self._port_of[sock], Answer(sock)
        port.begin(answer)
        try:
            with answer:
                if not self._refused(listener_name, req, answer):
                    super().handle_request(listener_name, req, answer, addr)
            read_rest(req.body)
        finally:
            port.end(answer)
            if self._waits_for_nobody:  # not sooner: who was just told to go on may send the next
                end(sock)

    def _refused(self, listener_name: tuple[str, int], req: Any, answer: Answer) -> bool:
        """Whether the service had no room for a request, and was done with it: what WSGI wants is never made.

        Left to WSGI is what takes more than a look: repeated headers, and who waits for leave to send the body.
        """
        admission = getattr(self.wsgi, "admission", None)  # only our own services have one
        if admission is None or not admission.is_full(listener_name[1]):
            return False
        path, headers = unquote_to_wsgi_str(req.path), dict(req.headers)
        if path in WATCHERS or req.method == "HEAD" or "EXPECT" in headers or len(headers) < len(req.headers):
            return False
        fields, body = admission.refuse(
            Asked(
                method=req.method,
                path=path,
                key=headers.get("IDEMPOTENCY-KEY"),
                request_id=headers.get("X-REQUEST-ID"),
                body=lambda: bytes(req.body.read(PUBLIC_LIMIT)),
            )
        )
        if not self.alive:
            req.force_close()
        connection = "close" if req.should_close() else "keep-alive"
        head = [f"HTTP/1.1 {STATUS}", f"Date: {_date(int(time.time()))}", f"Connection: {connection}"]
        answer.sendall("\r\n".join([*head, *(f"{name}: {value}" for name, value in fields), "", ""]).encode() + body)
        return True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: answer what is under way, then end."""
        super().handle_exit(sig, frame)
        gevent.spawn_later(PATIENCE, self._close_idle)

    def _look_for_late(self) -> None:
        """For ever: an answer that is under way when the worker is to stop has its limit, too."""
        while True:
            gevent.sleep(LOOK_SECONDS)
            for port in self._ports.values():
                port.end_idle(self.cfg.keepalive)
                port.end_slow(self._request_seconds)

    def _close_idle(self) -> None:
        self._waits_for_nobody = True
        for port in self._ports.values():
            for connection in port.idle:
                end(connection)


@lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    """A second of the clock as HTTP writes it, made once: a refusal is answered in a few of its time."""
    return str(http_date(seconds))


def _raise_limit_of_files(wanted: int) -> None:
    """As far as this process may: a usual limit is 1,024, and each connection is a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
