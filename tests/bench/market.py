"""Customers with money and products in great number, put into a shop through its own doors; and what they ask."""

import itertools
import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson

from local.shop import Shop
from tests.bench.load import NextRequest
from tests.web import new_session

PRODUCTS = 100
FUNDS = 10_000_000  # each customer's; a payment takes 1.25
QUANTITY = 1_000_000  # of each product
PRICE = 1.25
HANDS = 8  # threads that put them in


class Market:
    """So many customers and a hundred products, under a name of this run's own."""

    def __init__(self, shop: Shop, *, customers: int) -> None:
        self._urls = shop.urls
        self._run = uuid.uuid4().hex[:8]
        self._keys = itertools.count()
        with ThreadPoolExecutor(HANDS) as hands:
            self._products = list(hands.map(self._stock, range(PRODUCTS)))
            self._customers = list(hands.map(self._register, range(customers)))

    def payments(self, *, products: int, customers: int) -> NextRequest:
        """What gives the next payment's request: whose turn it is, of any of so many products."""
        turns = itertools.cycle(self._customers[:customers])
        dice = random.Random(0)

        def next_request() -> bytes:
            wish = {**next(turns), "product_name": self._products[dice.randrange(products)], "quantity": 1}
            return post("/payments", wish, key=f"{self._run}-{next(self._keys)}")

        return next_request

    def _stock(self, number: int) -> str:
        name = f"bench {self._run} product {number}"
        self._post("productservice", "/products", {"product_name": name, "price": PRICE, "quantity": QUANTITY})
        return name

    def _register(self, number: int) -> dict[str, Any]:
        name, card = f"bench {self._run} customer {number}", f"{number:04d}-{self._run}"
        wish = {"user_name": name, "email": f"{number}@{self._run}.example.com", "card_number": card}
        user = self._post("userservice", "/users", wish)
        wallet = {"user_name": name, "card_number": card}
        self._post("walletservice", "/wallets/add", {**wallet, "amount": FUNDS})
        return {**wallet, "user_id": user["_id"]}

    def _post(self, service: str, path: str, body: dict[str, Any]) -> Any:
        with new_session() as session:
            answer = session.post(self._urls[service] + path, json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()


def post(path: str, wish: dict[str, Any], *, key: str) -> bytes:
    """A request as it goes over the wire."""
    body = orjson.dumps(wish)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nIdempotency-Key: {key}\r\n\r\n"
    )
    return head.encode() + body
