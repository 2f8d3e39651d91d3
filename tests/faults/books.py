"""What both databases hold, in memory: for tests, whose shops are small."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Self

import psycopg2
from psycopg2.extras import RealDictCursor
from pymongo.database import Database

from tests.faults.audit import audit
from tests.faults.source import PAYMENT, Purse, Shelf, Trace, joined

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Books:
    """Everything stored that is money, stock or a promise of either; amounts in cents."""

    products: list[Row]
    reservations: list[Row]
    orders: list[Row]
    wallets: list[Row]
    ledger: list[Row]

    @classmethod
    def read(cls, database: Database[Row], dsn: str) -> Self:
        """Read both databases. They are two, so nothing may be under way: the caller waits for quiet first."""
        connection = psycopg2.connect(dsn, cursor_factory=RealDictCursor, connect_timeout=5)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("SELECT * FROM wallets")
                wallets = [dict(each) for each in cursor.fetchall()]
                cursor.execute("SELECT * FROM ledger")
                ledger = [dict(each) for each in cursor.fetchall()]
        finally:
            connection.close()
        return cls(
            products=list(database["products"].find()),
            reservations=list(database["reservations"].find()),
            orders=list(database["orders"].find({"status": "completed"})),
            wallets=wallets,
            ledger=ledger,
        )

    def violations(self) -> list[str]:
        """What does not add up; empty when the books balance. Nothing may be under way."""
        open_still = [f"{reference}: still reserved" for reference in self.under_way()]
        return [*open_still, *(complaint for each in audit(self) for complaint in each.complaints)]

    def outcomes(self) -> dict[str, str]:
        """What the books say became of each payment: its id, and `completed` or the code of the refusal."""
        told = {each["_id"].removeprefix(PAYMENT): each.get("code") or "?" for each in self.reservations}
        return told | {each["_id"]: "completed" for each in self.orders}

    def under_way(self) -> Iterator[str]:
        return (each["_id"] for each in self.reservations if each["state"] == "reserved")

    def shelves(self) -> Iterator[Shelf]:
        held: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for each in self.reservations:
            if each["state"] in ("reserved", "sold"):
                held[each["product_name"]][each["state"]] += each["quantity"]
        known = {each["product_name"]: each for each in self.products}
        for name in sorted(known.keys() | held.keys()):
            product = known.get(name, {"stocked": 0, "quantity": 0})
            yield Shelf(name, product["stocked"], product["quantity"], held[name]["reserved"], held[name]["sold"])

    def purses(self) -> Iterator[Purse]:
        sums: defaultdict[Any, Counter[str]] = defaultdict(Counter)
        for each in self.ledger:
            sums[each["wallet_id"]][each["kind"]] += each["amount"]
        balances = {each["id"]: each["amount"] for each in self.wallets}
        for wallet_id in balances.keys() | sums.keys():
            kinds = sums[wallet_id]
            yield Purse(wallet_id, balances.get(wallet_id), kinds["credited"], kinds["charged"], kinds["debited"])

    def traces(self) -> Iterator[Trace]:
        charges = {each["reference"]: each["amount"] for each in self.ledger if each["kind"] == "charged"}
        orders = {PAYMENT + each["_id"]: each for each in self.orders}
        kept = {each["_id"]: each for each in self.reservations if each["_id"].startswith(PAYMENT)}
        found = joined(charge=sorted(charges.items()), order=_sorted(orders), kept=_sorted(kept))
        return (Trace(reference, **parts) for reference, parts in found)

    def traces_of(self, references: Collection[str]) -> Iterator[Trace]:
        return (each for each in self.traces() if each.reference in references)


def _sorted(rows: dict[str, Row]) -> list[tuple[str, Row]]:
    return [(reference, rows[reference]) for reference in sorted(rows)]
