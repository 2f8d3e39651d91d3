"""The load: customers who buy, top up, restock and change prices, and who repeat themselves when in doubt."""

import random
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from tests.faults.answers import Answers, Call

PRODUCTS = ("hot", "warm", "cool", "cold")
CONNECT, READ = 1.0, 12.0  # seconds; a payment answers within 8
PATIENCE = 40  # tries before a customer gives a key up, to be asked once more when all is quiet


class Market:
    """The shop as one run uses it: its own products, users and wallets, told apart by a prefix."""

    def __init__(self, urls: Mapping[str, str], *, seed: int, prefix: str) -> None:
        self.urls = urls
        self.seed = seed
        self.prefix = prefix
        self.answers = Answers()
        self.stop = threading.Event()
        self._local = threading.local()

    def product(self, name: str) -> str:
        return f"{self.prefix} {name}"

    def open(self, customers: int) -> list["Customer"]:
        """Stock the shelves and register customers, before anything is broken."""
        for name in PRODUCTS:
            body = {"product_name": self.product(name), "price": 12.5, "quantity": 400}
            self.send(self.call("productservice", "/products", str(uuid.uuid4()), body))
        return [Customer(self, number) for number in range(customers)]

    def call(self, service: str, path: str, key: str, body: Mapping[str, Any]) -> Call:
        call = Call(service, path, key, body)
        self.answers.begin(call)
        return call

    def send(self, call: Call) -> bool:
        """Send a call once; whether its answer is final."""
        status, body = self.request("POST", call.service, call.path, call.body, {"Idempotency-Key": call.key})
        return self.answers.add(call, status, body)

    def request(
        self, method: str, service: str, path: str, body: Mapping[str, Any] | None = None, headers: Any = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an answer; status 0 where none came."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        try:
            response = self._local.session.request(
                method, self.urls[service] + path, json=body, headers=headers, timeout=(CONNECT, READ)
            )
            return response.status_code, response.json()
        except (requests.RequestException, ValueError):
            return 0, {}

    def look_back(self, call: Call, payment_id: str) -> None:
        status, body = self.request("GET", "paymentservice", f"/payments/{payment_id}")
        if status == 200:
            self.answers.saw(call, body)


class Customer:
    """One buyer with a wallet. What she decides comes from the seed and her number alone."""

    def __init__(self, market: Market, number: int) -> None:
        self._market = market
        self._random = random.Random(f"{market.seed}:{number}")
        self._pauses = random.Random(number)  # how often she waits depends on the faults; what she wants must not
        self._name = f"{market.prefix} customer {number}"
        self._card = f"{number:04d}-{self._random.randrange(10**8):08d}"
        email = f"{market.prefix}.{number}@example.com"
        wish = {"user_name": self._name, "email": email, "card_number": self._card}
        status, user = market.request("POST", "userservice", "/users", wish)
        assert status == 201, user
        self._user_id = user["_id"]
        self._insist(self._wallet_call("/wallets/add", 2000))

    def live(self) -> None:
        """Act until the market closes."""
        while not self._market.stop.is_set():
            self._act()

    def _act(self) -> None:
        choice = self._random.random()
        if choice < 0.78:
            self._buy()
        elif choice < 0.84:
            self._insist(self._wallet_call("/wallets/add", self._random.randint(1, 200)))
        elif choice < 0.88:
            self._insist(self._wallet_call("/wallets/deduct", self._random.randint(1, 300)))
        elif choice < 0.92:
            self._insist(self._product_call("/products", quantity=self._random.randint(1, 40), price=self._price()))
        elif choice < 0.96:
            self._insist(self._product_call("/products/deduct", quantity=self._random.randint(1, 3)))
        else:
            path = f"/products/{self._market.product(self._random.choice(PRODUCTS))}"
            self._market.request("PATCH", "productservice", path, {"price": self._price()})

    def _buy(self) -> None:
        call = self._market.call("paymentservice", "/payments", self._key(), self._wish())
        if self._random.random() < 0.2:
            with ThreadPoolExecutor(3) as impatient:
                list(impatient.map(self._market.send, [call] * 3))
        if self._random.random() < 0.1:
            self._market.send(call)  # and never comes back
        else:
            self._insist(call)

    def _insist(self, call: Call) -> None:
        for _ in range(PATIENCE):
            if self._market.send(call) or self._market.stop.wait(self._pauses.uniform(0.05, 0.4)):
                return

    def _wish(self) -> dict[str, Any]:
        return {
            "user_id": self._user_id,
            "user_name": self._name,
            "card_number": self._card,
            "product_name": self._market.product(self._random.choice(("hot", *PRODUCTS))),
            "quantity": self._random.randint(1, 3),
        }

    def _wallet_call(self, path: str, amount: int) -> Call:
        body = {"user_name": self._name, "card_number": self._card, "amount": amount}
        return self._market.call("walletservice", path, self._key(), body)

    def _product_call(self, path: str, **fields: float) -> Call:
        body = {"product_name": self._market.product(self._random.choice(PRODUCTS)), **fields}
        return self._market.call("productservice", path, self._key(), body)

    def _price(self) -> float:
        return self._random.randint(500, 2000) / 100

    def _key(self) -> str:
        return f"{self._market.prefix}-{self._random.getrandbits(64):x}"
