"""The whole shop in one process: five real applications over fakes, and a wire that can be cut anywhere."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

import orderservice.app
import paymentservice.app
import productservice.app
import userservice.app
import walletservice.app
from chassis.service import Service
from orderservice.domain import Order
from orderservice.repository import MongoOrders
from orderservice.settings import Settings as OrderSettings
from paymentservice import remote
from paymentservice.recovery import Recovery
from paymentservice.remote import Json, Unanswered
from paymentservice.settings import Settings as PaymentSettings
from productservice.settings import Settings as ProductSettings
from tests.fakes.mongodb import fake_database
from tests.fakes.productservice import FakeProducts, FakeReservations, FakeStore
from tests.fakes.walletservice import FakeBank
from userservice.repository import MongoUsers
from userservice.settings import Settings as UserSettings
from walletservice.settings import Settings as WalletSettings

TOKEN = SecretStr("an-internal-token")
HASH_KEY = SecretStr("a-request-hash-key")
NO_MONGO = SecretStr("mongodb://127.0.0.1:1/eshop")
NO_POSTGRES = SecretStr("postgresql://127.0.0.1:1/walletdb")


@dataclass
class Wire:
    """Carries inner calls to the applications. What is cut is lost before it arrives, or its answer on the way back."""

    services: dict[str, Service]
    before: dict[str, list[Callable[[], object]]] = field(default_factory=dict)
    after: dict[str, list[Callable[[], object]]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    commands: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, url: str, body: Json, headers: dict[str, str], seconds: float) -> tuple[int, Json]:
        host, _, path = url.removeprefix("http://").partition("/")
        self._happen(self.before, f"/{path}")
        client: FlaskClient = self.services[host].test_client()
        response = client.post(f"/{path}", json=body, headers=headers, environ_overrides={"SERVER_PORT": "5050"})
        with self.lock:
            self.calls.append(f"/{path}")
            self.commands[f"/{path}"] += len(body.get("commands", ()))
        self._happen(self.after, f"/{path}")
        return response.status_code, response.get_json()

    def _happen(self, events: dict[str, list[Callable[[], object]]], path: str) -> None:
        with self.lock:
            event = events[path].pop(0) if events.get(path) else None
        if event:
            event()


def _lost() -> None:
    raise Unanswered("cut")


@dataclass(frozen=True)
class Answer:
    """What a customer is told."""

    status: int
    body: Any
    headers: Headers

    @classmethod
    def of(cls, response: TestResponse) -> "Answer":
        return cls(response.status_code, response.get_json(), response.headers)


class Shop:
    """The shop as a test speaks of it. Amounts are in cents."""

    def __init__(self, **settings_of_paymentservice: Any) -> None:
        self.stock, self.bank = FakeStore(), FakeBank()
        self.orders = MongoOrders(fake_database())
        self.users = MongoUsers(fake_database())
        self.wire = Wire(self._services())
        settings = PaymentSettings(
            internal_token=TOKEN,
            request_hash_key=HASH_KEY,
            users_url="http://users",
            products_url="http://products",
            wallets_url="http://wallets",
            orders_url="http://orders",
            recovery_interval_seconds=0,
            **settings_of_paymentservice,
        )
        self.app = paymentservice.app.create_app(settings, self.wire)
        self._settings = settings
        self.registry = CollectorRegistry()
        self.recovery = self.another_recovery(self.registry)
        self.user_id = self._post("users", "/users", user_name="Ann", email="ann@example.com", card_number="1")["_id"]
        self._post("products", "/products", product_name="pen", price=2.5, quantity=10)
        self._post("wallets", "/wallets/add", user_name="Ann", card_number="1", amount=100)

    def buy(
        self, key: str | None = "k", *, request_id: str | None = None, deadline_ms: int | None = None, **changed: object
    ) -> Answer:
        """Two pens for 5.00, unless the test says otherwise."""
        wish = {"user_id": self.user_id, "user_name": "Ann", "card_number": "1", "product_name": "pen", "quantity": 2}
        headers = {"Idempotency-Key": key} if key else {}
        if request_id:
            headers["X-Request-ID"] = request_id
        if deadline_ms:
            headers["X-Deadline-Ms"] = str(deadline_ms)
        return Answer.of(self.app.test_client().post("/payments", json={**wish, **changed}, headers=headers))

    def ask(self, payment_id: str) -> Answer:
        return self.get(f"/payments/{payment_id}")

    def get(self, path: str) -> Answer:
        return Answer.of(self.app.test_client().get(path))

    def sweep(self) -> int:
        """Let the time pass after which an open reservation is recovery's, and sweep."""
        for reference in self.stock.due_at:
            self.stock.due_at[reference] = 0.0
        return self.recovery.sweep()

    def another_recovery(self, registry: CollectorRegistry | None = None) -> Recovery:
        """The sweep of one more replica."""
        registry = registry or CollectorRegistry()
        return Recovery(paymentservice.app.participants(self._settings, self.wire, registry), registry)

    def lose_request(self, path: str, times: int = 3) -> None:
        self.wire.before[path] = [_lost] * times

    def lose_answer(self, path: str, times: int = 3) -> None:
        self.wire.after[path] = [_lost] * times

    def meanwhile(self, path: str, event: Callable[[], object]) -> None:
        """Let something happen just before this inner operation."""
        self.wire.before[path] = [event]

    def set_price(self, price: float) -> None:
        client = self.wire.services["products"].test_client()
        assert client.patch("/products/pen", json={"price": price}).status_code == 200

    def sell(self, quantity: int) -> None:
        """Let pieces go, or come back, that no payment knows of."""
        self.stock.move({"pen": -quantity})

    @property
    def balance(self) -> int:
        return self.bank.accounts[("Ann", "1")].amount

    @property
    def left(self) -> int:
        return self.stock.products["pen"].quantity

    def state(self, payment_id: str) -> str:
        return self.stock.reservations[f"payment:{payment_id}"].state

    def written(self) -> Sequence[Order]:
        return self.orders.list(limit=1000, after=None)

    def _services(self) -> dict[str, Service]:
        products, reservations = FakeProducts(self.stock), FakeReservations(self.stock)
        return {
            "users": userservice.app.create_app(UserSettings(internal_token=TOKEN, mongo_uri=NO_MONGO), self.users),
            "products": productservice.app.create_app(
                ProductSettings(internal_token=TOKEN, request_hash_key=HASH_KEY, mongo_uri=NO_MONGO),
                products,
                reservations,
            ),
            "wallets": walletservice.app.create_app(
                WalletSettings(internal_token=TOKEN, request_hash_key=HASH_KEY, postgres_dsn=NO_POSTGRES),
                self.bank,
                self.bank,
            ),
            "orders": orderservice.app.create_app(OrderSettings(internal_token=TOKEN, mongo_uri=NO_MONGO), self.orders),
        }

    def _post(self, service: str, path: str, **body: object) -> Any:
        response = self.wire.services[service].test_client().post(path, json=body)
        assert response.status_code in (200, 201), response.get_json()
        return response.get_json()


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(remote, "BACKOFF", 0.0)  # seconds
    return Shop()
