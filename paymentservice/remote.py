"""One HTTP call to another service: time-outs, retries under a deadline, and what counts as doubt."""

import random
import time
from collections.abc import Callable
from typing import Any, Protocol

import orjson
import urllib3
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.response import HTTPResponse

from chassis import deadlines, logs
from paymentservice.promises import InDoubt, Rejected

CONNECT_TIMEOUT = 0.5  # seconds
READ_TIMEOUT = 2.0  # seconds
POOL = 32  # connections to one service that are kept
TRIES = 3
BACKOFF = 0.1  # seconds; doubled with every try, and drawn from zero up: full jitter
_WORTH_ANOTHER_TRY = frozenset({502, 503, 504})

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


def over_http() -> Transport:
    """The transport of production: pooled connections that are kept open.

    By urllib3, on which requests stands: its sessions and prepared requests cost more than the call itself, and a
    payment is seven calls. No proxy of the environment is asked, which must never see the token.
    """
    pools = urllib3.PoolManager(maxsize=POOL)
    pools.pool_classes_by_scheme = {"http": _Pool}

    def post(url: str, body: Json, headers: dict[str, str], seconds: float) -> tuple[int, Json]:
        timeouts = urllib3.Timeout(connect=min(CONNECT_TIMEOUT, seconds), read=min(READ_TIMEOUT, seconds))
        try:
            response = pools.urlopen(
                "POST",
                url,
                body=orjson.dumps(body),
                headers={**headers, "Content-Type": "application/json"},
                timeout=timeouts,
                redirect=False,
                retries=False,
            )
            return response.status, orjson.loads(response.data) if response.status == 200 else {}
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise Unanswered(f"{url.partition('/internal')[0]}: {type(error).__name__}") from None

    return post


class _Connection(HTTPConnection):
    """Sends head and body at once: in two pieces each wakes the receiver, who can do nothing with the first alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pieces: list[bytes] = []

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # now, as urllib3 expects: on what is not connected it does not set the time-out of reading
        self._pieces.append(data)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # which of urllib3's own two classes it is
        pieces, self._pieces = self._pieces, []
        super().send(b"".join(pieces))
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection
