"""One HTTP call to another service: time-outs, retries under a deadline, and what counts as doubt."""

import random
import select
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

import gevent
import orjson
from gevent.monkey import get_original
from geventhttpclient import HTTPClient
from geventhttpclient.connectionpool import ConnectionPool

from chassis import deadlines, logs
from paymentservice.promises import InDoubt, Rejected

CONNECT_TIMEOUT = 0.5  # seconds
READ_TIMEOUT = 2.0  # seconds
CONNECTIONS = 1024  # to one service: more than there are ever calls at once, so that none waits for another
BLOCK = 64 * 1024  # bytes that are read at once: the usual list
TRIES = 3
BACKOFF = 0.1  # seconds; doubled with every try, and drawn from zero up: full jitter
_WORTH_ANOTHER_TRY = frozenset({502, 503, 504})

_poll = get_original("select", "poll")  # which answers at once, and needs no turn of the loop

Json = dict[str, Any]


class Unanswered(Exception):
    """No HTTP answer came: no connection, or none in time."""


class Transport(Protocol):
    """Carries one request and gives the status and the parsed answer; raises Unanswered."""

    def __call__(self, url: str, body: Json, headers: dict[str, str], seconds: float) -> tuple[int, Json]: ...


class Remote:
    """Another service's inner port."""

    def __init__(
        self,
        url: str,
        token: str,
        transport: Transport,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._transport = transport
        self._sleep = sleep
        self._jitter = jitter

    def call(self, path: str, body: Json, *, tries: int = TRIES) -> Json:
        """The answer to an inner operation.

        Raises:
            InDoubt: no answer after `tries`, or at the deadline.
            Rejected: an answer that trying again will not change. Still doubt: only a recorded decision is a no.
        """
        reason = "the deadline has passed"
        for attempt in range(tries):
            if attempt:
                self._sleep(max(0.0, min(self._jitter(0, BACKOFF * 2**attempt), deadlines.remaining())))
            if deadlines.remaining() <= 0:
                break
            try:
                status, answer = self._transport(self._url + path, body, self._headers(), deadlines.remaining())
            except Unanswered as error:
                reason = str(error)
                continue
            if status == 200:
                return answer
            reason = f"{path} answered {status}"
            if status not in _WORTH_ANOTHER_TRY:
                raise Rejected(reason, status=status)
        raise InDoubt(reason)

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._token}",
            deadlines.HEADER: str(max(1, int(deadlines.remaining() * 1000))),
            logs.REQUEST_ID: logs.current_request_id(),
        }


class OverHttp:
    """The transport of production: pooled connections that are kept open, and no more.

    By geventhttpclient, whose parser is llhttp: a payment is seven calls, and urllib3 takes more than twice as long for
    one. No proxy of the environment is asked, which must never see the token.
    """

    def __init__(self) -> None:
        self._clients: dict[str, _Client] = {}

    def __call__(self, url: str, body: Json, headers: dict[str, str], seconds: float) -> tuple[int, Json]:
        parts = urlsplit(url)
        client = self._clients.get(parts.netloc) or self._clients.setdefault(parts.netloc, _Client(parts))
        try:
            with gevent.Timeout(min(READ_TIMEOUT, seconds), _Late):
                head = {**headers, "Content-Type": "application/json"}
                response = client.request("POST", parts.path, orjson.dumps(body), head)
                answer = response.read()
            return response.status_code, orjson.loads(answer) if response.status_code == 200 else {}
        except (OSError, HTTPException, ValueError) as error:
            raise Unanswered(f"{parts.netloc}: {type(error).__name__}") from None

    def close(self) -> None:
        """Close what is kept; calls that are under way close their own."""
        for client in self._clients.values():
            client.close()


class _Late(TimeoutError):
    """A whole call took too long. An OSError, after which the library closes the connection and counts it out."""


class _Pool(ConnectionPool):
    """What the library does, but at the end of the time, and with many files."""

    def _connect_socket(self, sock: Any, address: Any) -> Any:
        """Connect. At the end of the time no other address is tried, as after an address that does not answer."""
        try:
            return super()._connect_socket(sock, address)
        except _Late:
            raise HTTPException("the time is over") from None

    def _is_socket_alive(self, sock: Any) -> bool:
        """Whether an idle connection has nothing to read, which would be its end; select knows no file beyond 1,023."""
        if sock.fileno() < 0:
            return False
        poll = _poll()
        poll.register(sock.fileno(), select.POLLIN)
        return not poll.poll(0)


class _Client(HTTPClient):
    def __init__(self, url: SplitResult) -> None:
        port = url.port or 80
        super().__init__(str(url.hostname), port, block_size=BLOCK)
        self._connection_pool = _Pool(
            self.host,
            port,
            self.host,
            port,
            size=CONNECTIONS,
            connection_timeout=CONNECT_TIMEOUT,
            network_timeout=READ_TIMEOUT,
        )
