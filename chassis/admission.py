"""Admission: so many requests at once, and whoever comes on top is told so at once.

Each request waits for those before it. Beyond some number all would be answered, and all too late: better to serve
those that are here, and to send the others away while that is cheap (https://sre.google/sre-book/handling-overload/).
So the worker does it before it makes what WSGI and Flask want, which would take as long for a refusal as for half a
payment; whom it lets pass, and there is no room for after all, is refused by WSGI.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter
from structlog.contextvars import bound_contextvars

from chassis import logs, problems
from chassis.bodies import PUBLIC_LIMIT
from chassis.errors import Overloaded
from chassis.idempotency import HEADER
from chassis.metrics import WATCHERS

STATUS = "503 Service Unavailable"
SAID_EVERY = 1.0  # seconds; a line for each who is sent away would cost more than the sending
Environ = dict[str, Any]
Refused = tuple[list[tuple[str, str]], bytes]  # the headers of a refusal, and its body
log = structlog.get_logger()


@dataclass(slots=True)
class Asked:
    """A request that nobody has looked into."""

    method: str
    path: str
    key: str | None  # its Idempotency-Key
    request_id: str | None
    body: Callable[[], bytes]


class Admission:
    """The places of a service's public port. The inner port's callers send lists of what was admitted already."""

    def __init__(
        self,
        *,
        service: str,
        places: int,
        inner_port: int,
        registry: CollectorRegistry,
        known_of: Callable[[Asked], dict[str, str]],
    ) -> None:
        """`known_of` tells what else the refusal of a request has to name, its Idempotency-Key under that header."""
        self._service = service
        self._lock = threading.Lock()
        self._free = places
        self._inner_port = inner_port
        self._known_of = known_of
        self._turned_away = Counter("requests_turned_away", "Requests on top of too many.", registry=registry)
        self._said_at = 0.0

    def is_full(self, port: int) -> bool:
        """Whether a request to `port` that needs a place would find none."""
        return self._free <= 0 and port != self._inner_port

    def enter(self, path: str) -> bool | None:
        """Whether a place was taken; None where none is needed."""
        if path in WATCHERS:
            return None
        with self._lock:
            if self._free <= 0:
                return False
            self._free -= 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._free += 1

    def refuse(self, asked: Asked) -> Refused:
        """The refusal, as problems.answer would make it."""
        self._turned_away.inc()
        request_id = logs.accepted_request_id(asked.request_id)
        self._say(request_id)
        known = self._known_of(asked)
        key = known.pop(HEADER, None)
        refusal = Overloaded()
        body = orjson.dumps(problems.members(refusal, request_id=request_id, **known))
        headers = [
            ("Content-Type", problems.MEDIA_TYPE),
            ("Content-Length", str(len(body))),
            *problems.headers(refusal),
        ]
        return [*headers, (logs.REQUEST_ID, request_id), *([(HEADER, key)] if key else [])], body

    def turn_away(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The same, by WSGI."""
        headers, body = self.refuse(_asked(environ))
        start_response(STATUS, headers)
        return [body]

    def _say(self, request_id: str) -> None:
        now = time.monotonic()
        if now - self._said_at > SAID_EVERY:
            self._said_at = now
            with bound_contextvars(service=self._service, request_id=request_id):
                log.warning("overloaded")


def _asked(environ: Environ) -> Asked:
    body = environ["wsgi.input"]
    return Asked(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        key=environ.get("HTTP_IDEMPOTENCY_KEY"),
        request_id=environ.get("HTTP_X_REQUEST_ID"),
        body=lambda: bytes(body.read(PUBLIC_LIMIT)),
    )
