"""One purchase, and all that the shop knows of it: what must be the same whatever became of pods meanwhile."""

import uuid
from typing import Any

from tests.blackbox.shop import Shop


class Purchase:
    """A new customer has bought two of three."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._customer = shop.customer(funds=100)
        self._product = shop.product(price=10, quantity=3)
        self._key = uuid.uuid4().hex
        self._paid = self._buy()
        assert self._paid["quantity"] == 2
        self.known = self.told()

    def told(self) -> list[Any]:
        """User, money, goods and order; and the answer to the same purchase, sent again."""
        return [
            self._shop.get("users", f"/users/{self._customer.user_id}").json(),
            self._shop.funds_of(self._customer),
            self._shop.stock_of(self._product),
            self._shop.orders_of(self._customer),
            self._shop.get("payments", f"/payments/{self._paid['payment_id']}").json(),
            self._buy(),
        ]

    def _buy(self) -> Any:
        paid = self._shop.buy_surely(self._customer, self._product, quantity=2, key=self._key)
        assert paid.status_code == 201, paid.text
        return paid.json()
