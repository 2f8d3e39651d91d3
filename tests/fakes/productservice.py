"""A shelf in memory: products and reservations behind one lock, held to what MongoDB does by tests/contract."""

import builtins
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chassis.errors import Malformed
from productservice.commands import Refuse, Release, Take
from productservice.decisions import Claimed, Reservation, decide, pieces, release, unknown
from productservice.domain import Addition, NewProduct, Product, ProductNotFound, decide_addition

LONGEST_LEASE = 600.0  # seconds


@dataclass
class FakeStore:
    """What both fakes know; give it to each of them."""

    products: dict[str, Product] = field(default_factory=dict)
    stocked: dict[str, int] = field(default_factory=dict)
    additions: dict[str, Addition] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    due_at: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def move(self, changes: Mapping[str, int]) -> None:
        for name, change in changes.items():
            product = self.products[name]
            assert product.quantity + change >= 0
            self.products[name] = product.with_quantity(product.quantity + change)


class FakeProducts:
    def __init__(self, store: FakeStore | None = None) -> None:
        self.store = store or FakeStore()

    def add(self, new: NewProduct, *, reference: str, request_hash: str) -> Addition:
        with self.store.lock:
            if reference not in self.store.additions:
                self.store.additions[reference] = self._add(new, request_hash)
        return self.store.additions[reference].outcome(request_hash)

    def get(self, product_name: str) -> Product:
        if product_name not in self.store.products:
            raise ProductNotFound
        return self.store.products[product_name]

    def set_price(self, product_name: str, price: int) -> Product:
        with self.store.lock:
            changed = self.get(product_name).model_copy(update={"price": price})
            self.store.products[product_name] = changed
        return changed

    def list(self, *, limit: int, after: str | None) -> builtins.list[Product]:
        newest_first = [*reversed(self.store.products.values())]
        ids = [each.id for each in newest_first]
        if after is not None and after not in ids:
            raise Malformed("after: must be the _id of an entry of this list.")
        start = ids.index(after) + 1 if after is not None else 0
        return newest_first[start : start + limit]

    def shelf(self, product_names: Iterable[str]) -> Mapping[str, Product]:
        return {each: self.store.products[each] for each in product_names if each in self.store.products}

    def _add(self, new: NewProduct, request_hash: str) -> Addition:
        store, name = self.store, new.product_name
        new_id = f"product-{len(store.products) + 1}"
        addition = decide_addition(new, store.products.get(name), new_id=new_id, request_hash=request_hash)
        if addition.product is not None:
            store.products[name] = addition.product
            store.stocked[name] = store.stocked.get(name, 0) + new.quantity
        return addition


class FakeReservations:
    def __init__(
        self,
        store: FakeStore,
        *,
        recovery_after_seconds: float = 30,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._wait = recovery_after_seconds
        self._now = now

    def decide(self, commands: Sequence[Take | Refuse]) -> list[Reservation]:
        with self._store.lock:
            decisions = decide(commands, self._store.reservations, self._store.products)
            taken = pieces(each for each in decisions.fresh if each.state != "refused")
            self._store.move({name: -quantity for name, quantity in taken.items()})
            for each in decisions.fresh:
                self._store.reservations[each.reference] = each
                self._store.attempts[each.reference] = 0
                self._store.due_at[each.reference] = self._now() + self._wait
            return decisions.answers

    def release(self, commands: Sequence[Release]) -> list[Reservation]:
        with self._store.lock:
            decisions = release(commands, self._store.reservations)
            self._store.move(pieces(decisions.fresh))
            self._store.reservations.update({each.reference: each for each in decisions.fresh})
            return decisions.answers

    def settle(self, references: Sequence[str]) -> list[Reservation]:
        with self._store.lock:
            for each in self.find(references):
                if each.state == "reserved":
                    self._store.reservations[each.reference] = replace(each, state="sold")
            return self.find(references)

    def find(self, references: Sequence[str]) -> list[Reservation]:
        return [self._store.reservations.get(each) or unknown(each) for each in references]

    def claim(self, limit: int) -> list[Claimed]:
        with self._store.lock:
            due = sorted(filter(self._is_due, self._unsettled()), key=self._store.due_at.__getitem__)
            return [self._lease(each) for each in due[:limit]]

    def unsettled(self) -> int:
        return len(self._unsettled())

    def _unsettled(self) -> list[str]:
        return references_reserved(self._store.reservations.values())

    def _is_due(self, reference: str) -> bool:
        return self._store.due_at[reference] <= self._now()

    def _lease(self, reference: str) -> Claimed:
        lease = min(self._wait * 2 ** self._store.attempts[reference], LONGEST_LEASE)
        self._store.attempts[reference] += 1
        self._store.due_at[reference] = self._now() + lease
        return Claimed(reservation=self._store.reservations[reference], attempts=self._store.attempts[reference])


def references_reserved(reservations: Iterable[Reservation]) -> list[str]:
    return [each.reference for each in reservations if each.state == "reserved"]
