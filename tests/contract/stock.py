"""What the suites of productservice's repositories run on: the fake and the real store, and the commands they send."""

from typing import Any, Protocol

import pytest
from pymongo.database import Database

from productservice.commands import Deduct, Refuse, Release, Take
from productservice.domain import NewProduct
from productservice.memos import MemoPurge
from productservice.repository import MongoProducts, Products
from productservice.reservations import MongoReservations, Reservations
from productservice.transactions import Decider
from tests.fakes.productservice import FakeProducts, FakeReservations, FakeStore

HASH, OTHER_HASH = "a" * 64, "b" * 64
MEMO = {"user_name": "Michael", "$set": {"a.b": "$price"}, "amount": 850}


class Stock(Protocol):
    """One store, and any number of repositories on it."""

    @property
    def products(self) -> Products: ...
    def reservations(self, *, recovery_after_seconds: float = 30) -> Reservations: ...
    def stocked(self, product_name: str) -> int: ...


class FakeStock:
    def __init__(self) -> None:
        self._store = FakeStore()
        self.products = FakeProducts(self._store)

    def reservations(self, *, recovery_after_seconds: float = 30) -> FakeReservations:
        return FakeReservations(self._store, recovery_after_seconds=recovery_after_seconds)

    def stocked(self, product_name: str) -> int:
        return self._store.stocked[product_name]


class MongoStock:
    """Each has a decider of its own: two on one database are two replicas."""

    def __init__(self, database: Database[dict[str, Any]], decider: Decider | None = None) -> None:
        self.database = database
        self.decider = decider or Decider(database.client)
        self.products = MongoProducts(database, self.decider)

    def reservations(
        self,
        *,
        recovery_after_seconds: float = 30,
        purge: MemoPurge | None = None,
        products: MongoProducts | None = None,
    ) -> MongoReservations:
        return MongoReservations(
            self.database,
            self.decider,
            products or self.products,
            recovery_after_seconds=recovery_after_seconds,
            purge=purge,
        )

    def stocked(self, product_name: str) -> int:
        found = self.database["products"].find_one({"product_name": product_name})
        assert found
        return int(found["stocked"])


def stock_of(request: pytest.FixtureRequest) -> Stock:
    """The store that the parameter of a fixture names."""
    return FakeStock() if request.param == "fake" else MongoStock(request.getfixturevalue("mongo_database"))


def put(stock: Stock, name: str = "Mobile", quantity: int = 100, price: int = 85090, reference: str = "first") -> None:
    new = NewProduct.model_construct(product_name=name, quantity=quantity, price=price)
    stock.products.add(new, reference=f"products.add:{name}:{reference}", request_hash=HASH)


def deduct(
    reference: str, *, name: str = "Mobile", quantity: int = 1, price: int = 85090, request_hash: str = HASH
) -> Deduct:
    return Deduct(
        reference=reference,
        request_id="test",
        request_hash=request_hash,
        product_name=name,
        quantity=quantity,
        price=price,
        memo=MEMO,
    )


def take(reference: str, *, name: str = "Mobile", quantity: int = 1, request_hash: str = HASH) -> Take:
    return Take(reference=reference, request_id="test", request_hash=request_hash, product_name=name, quantity=quantity)


def refuse(reference: str, *, request_hash: str = HASH) -> Refuse:
    return Refuse(
        reference=reference, request_id="test", request_hash=request_hash, code="user_not_found", reason="Nobody."
    )


def release(reference: str) -> Release:
    return Release(reference=reference, request_id="test", code="insufficient_funds", reason="No money.")
