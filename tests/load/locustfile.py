"""Customers for Locust: they look around, put money into their wallets, and buy.

The shop is where demo.py looks for it: on this machine, on the usual ports or those of USERS_PORT and its like, or
where USERS_URL and its like say. tests/web.py says what a shop behind a gate takes.
"""

import random
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from locust import HttpUser, between, events, task
from locust.clients import ResponseContextManager
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import WorkerRunner

from demo import base_url
from tests.web import lead_to_the_gate, new_session

PREFIX = "Locust"
PRICES = {f"{PREFIX} {name}": price for name, price in (("pencil", 1.5), ("lamp", 20), ("chair", 49.9), ("sofa", 800))}
STOCK = 100_000  # of each, once more at each start
UNDECIDED = {202, 503}  # to be sent again, under the same key
REFUSALS = {402, 409}  # too little money, too few goods: so a shop answers, too
TRIES = 30
SHOWN = 20  # entries of a list


@events.test_start.add_listener
def stock_the_shelves(environment: Environment, **_: Any) -> None:
    """Once, however many processes the customers come from."""
    if isinstance(environment.runner, WorkerRunner):
        return
    with new_session() as session:
        for name, price in PRICES.items():
            product = {"product_name": name, "price": price, "quantity": STOCK}
            session.post(f"{base_url('products')}/products", json=product, timeout=20).raise_for_status()


class Customer(HttpUser):
    """One of many, with a wallet of his own."""

    host = base_url("payments")  # Locust wants one; each request says which of the five it is for
    wait_time = between(0.5, 2)

    def on_start(self) -> None:
        lead_to_the_gate(self.client)
        self.about = {"user_name": f"{PREFIX} {uuid4().hex}", "card_number": uuid4().hex}
        created = self.send("users", "/users", {**self.about, "email": f"{uuid4().hex}@example.com"})
        if created.status_code != 201:
            raise StopUser
        self.user_id = created.json()["_id"]
        self.top_up()

    @task(5)
    def look_at_products(self) -> None:
        self.client.get(f"{base_url('products')}/products?limit={SHOWN}", name="/products")

    @task(2)
    def look_at_own_orders(self) -> None:
        self.client.get(f"{base_url('orders')}/orders/user/{self.user_id}?limit={SHOWN}", name="/orders/user/[id]")

    @task(1)
    def top_up(self) -> None:
        self.send("wallets", "/wallets/add", {**self.about, "amount": random.randint(10, 500)})

    @task(3)
    def buy(self) -> None:
        wish = {"product_name": random.choice(list(PRICES)), "quantity": random.randint(1, 3)}
        self.send("payments", "/payments", {**self.about, "user_id": self.user_id, **wish})

    def send(self, service: str, path: str, body: Mapping[str, Any]) -> ResponseContextManager:
        """The answer to a wish: while there is none, it is sent again, which the key makes safe."""
        answer: ResponseContextManager
        url, headers = base_url(service) + path, {"Idempotency-Key": uuid4().hex}
        for left in reversed(range(TRIES)):
            with self.client.post(url, json=body, headers=headers, name=path, catch_response=True) as answer:
                if answer.status_code in UNDECIDED and not left:
                    answer.failure(f"undecided after {TRIES} tries")
                elif answer.status_code in UNDECIDED | REFUSALS:
                    answer.success()
            if answer.status_code not in UNDECIDED:
                break
            time.sleep(float(answer.headers.get("Retry-After", 1)))
        return answer
