"""The shop as one run of a test uses it, and every answer that it gave."""

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from tests.faults.answers import IN_DOUBT, Answers, Call, Status
from tests.faults.silence import Silence, silence_of
from tests.web import new_session

CONNECT, READ = 1.0, 12.0  # seconds; a payment answers within 8


@dataclass(frozen=True)
class Unanswered:
    """A request that got no answer."""

    service: str
    why: Silence
    at: float


class Market:
    """Products, users and wallets of one run's own, told apart by a prefix."""

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        prefix: str,
        in_doubt: frozenset[Status] = IN_DOUBT,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`headers` go with every request."""
        self.urls = urls
        self._headers = headers or {}
        self.prefix = prefix
        self.answers = Answers(in_doubt=in_doubt)
        self.unanswered: dict[str, Unanswered] = {}  # by request id
        self.timings: list[tuple[float, float]] = []  # of payments with a final answer: when it was asked, for how long
        self.stop = threading.Event()
        self._local = threading.local()

    def product(self, name: str) -> str:
        return f"{self.prefix} {name}"

    def stock(self, name: str, *, price: float, quantity: int) -> None:
        """Put a product on the shelves, before anything is broken."""
        body = {"product_name": self.product(name), "price": price, "quantity": quantity}
        assert self.send(self.call("productservice", "/products", uuid.uuid4().hex, body)), f"no {name} on the shelves"

    def call(self, service: str, path: str, key: str, body: Mapping[str, Any]) -> Call:
        call = Call(service, path, key, body)
        self.answers.begin(call)
        return call

    def send(self, call: Call) -> bool:
        """Send a call once; whether its answer is final."""
        began = time.monotonic()
        status, body = self.request("POST", call.service, call.path, call.body, {"Idempotency-Key": call.key})
        is_final = self.answers.add(call, status, body)
        if is_final and call.is_payment:
            self.timings.append((began, time.monotonic() - began))
        return is_final

    def request(
        self,
        method: str,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Status, dict[str, Any]]:
        """Status and JSON of an answer, or why none came."""
        request_id = uuid.uuid4().hex
        headers = {**self._headers, **(headers or {}), "X-Request-ID": request_id}
        try:
            response = self._session.request(
                method, self.urls[service] + path, json=body, headers=headers, timeout=(CONNECT, READ)
            )
            is_json = "json" in response.headers.get("Content-Type", "")
            return response.status_code, response.json() if is_json else {}  # a gate's own answers are no JSON
        except (requests.RequestException, ValueError) as error:
            self.unanswered[request_id] = Unanswered(service, silence_of(error), time.time())
            return self.unanswered[request_id].why, {}

    def look_back(self, call: Call, payment_id: str) -> None:
        status, body = self.request("GET", "paymentservice", f"/payments/{payment_id}")
        if status == 200:
            self.answers.saw(call, body)

    @property
    def _session(self) -> requests.Session:
        """Each thread's own."""
        if not hasattr(self._local, "session"):
            self._local.session = new_session()
        session: requests.Session = self._local.session
        return session
