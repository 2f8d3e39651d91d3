"""The running shop as its customers know it: five public addresses, and nothing of what is behind them."""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from requests import Response

from tests.web import new_session

SERVICES = ("users", "products", "payments", "wallets", "orders")
KEY = "Idempotency-Key"
TIMEOUTS = (3, 20)  # seconds to connect and to answer: a payment may take eight
PATIENCE = 60  # seconds until what is pending must be decided: recovery begins after thirty


@dataclass(frozen=True)
class Customer:
    user_id: str
    user_name: str
    card_number: str


def some_name(kind: str) -> str:
    """A name that nobody had before."""
    return f"{kind} {uuid.uuid4().hex[:12]}"


def of(response: Response) -> Any:
    """The JSON of an answer, its fractions as exact decimals."""
    return json.loads(response.text, parse_float=Decimal)


def exact(amount: float | Decimal) -> Decimal:
    """An amount as the decimal that it is written as."""
    return Decimal(str(amount))


def assert_refused(response: Response, status: int, code: str) -> None:
    """The answer is a problem (RFC 9457) with this status and code."""
    assert response.status_code == status, f"{response.status_code} {response.text}"
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert problem["error"]
    assert problem["request_id"] == response.headers["X-Request-ID"]


def assert_turned_away(response: Response) -> None:
    """The answer is a gate's own: no service was asked."""
    assert response.status_code == 404, f"{response.status_code} {response.text}"
    assert "X-Request-ID" not in response.headers


class Shop:
    """What one can do in the shop, in sentences; every method answers what the shop did."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        """`urls`: the public base URLs of users, products, payments, wallets and orders."""
        self._session = new_session()
        self.urls = {name: url.rstrip("/") for name, url in urls.items()}

    @property
    def is_behind_a_gate(self) -> bool:
        """Whether the services are told apart by host, and not all that they answer can be reached."""
        return len({urlsplit(url).hostname for url in self.urls.values()}) > 1

    def request(self, method: str, service: str, path: str, **options: Any) -> Response:
        """Any request at all; redirects are not followed, since the shop has none to give."""
        return self._session.request(
            method, self.urls[service] + path, timeout=TIMEOUTS, allow_redirects=False, **options
        )

    def get(self, service: str, path: str, **query: object) -> Response:
        return self.request("GET", service, path, params=query)

    def post(self, service: str, path: str, body: object, *, key: str | None = None) -> Response:
        return self.request("POST", service, path, json=body, headers={KEY: key} if key else {})

    def patch(self, service: str, path: str, body: object) -> Response:
        return self.request("PATCH", service, path, json=body)

    def customer(self, *, funds: float | None = None) -> Customer:
        """A new user; with `funds`, one who has a wallet, too."""
        name, card = some_name("Customer"), uuid.uuid4().hex
        body = {"user_name": name, "email": f"{uuid.uuid4().hex}@example.com", "card_number": card}
        created = self.post("users", "/users", body)
        assert created.status_code == 201, created.text
        customer = Customer(created.json()["_id"], name, card)
        if funds is not None:
            assert self.top_up(customer, funds).status_code == 201
        return customer

    def product(self, *, price: float = 10, quantity: int = 100) -> str:
        """The name of a new product."""
        name = some_name("Product")
        assert self.stock(name, price=price, quantity=quantity).status_code == 201
        return name

    def stock(self, product: str, *, price: float, quantity: int, key: str | None = None) -> Response:
        body = {"product_name": product, "price": price, "quantity": quantity}
        return self.post("products", "/products", body, key=key)

    def take(self, product: str, quantity: int, *, key: str | None = None) -> Response:
        return self.post("products", "/products/deduct", {"product_name": product, "quantity": quantity}, key=key)

    def set_price(self, product: str, price: float) -> Response:
        return self.patch("products", f"/products/{product}", {"price": price})

    def top_up(self, customer: Customer, amount: float, *, key: str | None = None) -> Response:
        return self.post("wallets", "/wallets/add", _transfer(customer, amount), key=key)

    def charge(self, customer: Customer, amount: float, *, key: str | None = None) -> Response:
        return self.post("wallets", "/wallets/deduct", _transfer(customer, amount), key=key)

    def buy(self, customer: Customer, product: str, *, quantity: int = 1, key: str | None = None) -> Response:
        return self.post("payments", "/payments", _wish(customer, product, quantity), key=key)

    def buy_surely(self, customer: Customer, product: str, *, quantity: int = 1, key: str | None = None) -> Response:
        """Buy, and while that is pending or a part of the shop is down, ask again under the same key."""
        key = key or uuid.uuid4().hex
        ends_at = time.monotonic() + PATIENCE
        while True:
            answer = self.buy(customer, product, quantity=quantity, key=key)
            if answer.status_code not in (202, 503) or time.monotonic() > ends_at:
                return answer
            time.sleep(0.2)

    def stock_of(self, product: str) -> int:
        found = self.get("products", f"/products/{product}")
        assert found.status_code == 200, found.text
        return int(found.json()["quantity"])

    def funds_of(self, customer: Customer) -> Decimal:
        for wallet in self.everything("wallets", "/wallets"):
            if (wallet["user_name"], wallet["card_number"]) == (customer.user_name, customer.card_number):
                return exact(wallet["amount"])
        raise AssertionError(f"{customer.user_name} has no wallet")

    def orders_of(self, customer: Customer) -> list[Any]:
        return list(self.everything("orders", f"/orders/user/{customer.user_id}"))

    def everything(self, service: str, path: str, **query: object) -> Iterator[Any]:
        """Every entry of a list, page by page along its links."""
        answer = self.get(service, path, **query)
        while True:
            assert answer.status_code == 200, answer.text
            yield from of(answer)
            if "next" not in answer.links:
                return
            answer = self.get(service, answer.links["next"]["url"])

    def eventually(self, claim: Callable[[], bool]) -> bool:
        """Whether a claim comes true in time: stock that nobody paid for is given back off the customer's path."""
        ends_at = time.monotonic() + PATIENCE
        while not claim():
            if time.monotonic() > ends_at:
                return False
            time.sleep(0.2)
        return True


def _transfer(customer: Customer, amount: float) -> dict[str, object]:
    return {"user_name": customer.user_name, "card_number": customer.card_number, "amount": amount}


def _wish(customer: Customer, product: str, quantity: int) -> dict[str, object]:
    return {
        "user_id": customer.user_id,
        "user_name": customer.user_name,
        "card_number": customer.card_number,
        "product_name": product,
        "quantity": quantity,
    }
