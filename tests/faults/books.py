"""The audit: what both databases hold, and every way in which it does not add up."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import psycopg2
from psycopg2.extras import RealDictCursor
from pymongo.database import Database

Row = dict[str, Any]
PAYMENT = "payment:"


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
        """What does not add up; empty when the books balance."""
        return [*self._stock(), *self._money(), *self._payments()]

    def outcomes(self) -> dict[str, str]:
        """What the books say became of each payment: its id, and `completed` or the code of the refusal."""
        told = {each["_id"].removeprefix(PAYMENT): each.get("code") or "?" for each in self.reservations}
        return told | {each["_id"]: "completed" for each in self.orders}

    def _stock(self) -> Iterator[str]:
        held: Counter[str] = Counter()
        for each in self.reservations:
            if each["state"] in ("reserved", "sold"):
                held[each["product_name"]] += each["quantity"]
            if each["state"] == "reserved":
                yield f"{each['_id']}: still reserved"
        for each in self.products:
            name, left = each["product_name"], each["quantity"]
            if left < 0 or each["stocked"] != left + held[name]:
                yield f"product {name}: stocked {each['stocked']} != left {left} + reserved and sold {held[name]}"

    def _money(self) -> Iterator[str]:
        sums: defaultdict[Any, Counter[str]] = defaultdict(Counter)
        for each in self.ledger:
            sums[each["wallet_id"]][each["kind"]] += each["amount"]
        for each in self.wallets:
            kinds = sums[each["id"]]
            out = kinds["charged"] + kinds["debited"]
            if each["amount"] < 0 or kinds["credited"] != each["amount"] + out:
                yield f"wallet {each['id']}: credited {kinds['credited']} != balance {each['amount']} + out {out}"
        known = {each["id"] for each in self.wallets}
        for wallet_id, kinds in sums.items():
            moved = {kind for kind in ("credited", "charged", "debited") if kinds[kind]}
            if wallet_id not in known and moved:
                yield f"ledger: {sorted(moved)} of wallet {wallet_id}, which is not there"

    def _payments(self) -> Iterator[str]:
        charges = {each["reference"]: each["amount"] for each in self.ledger if each["kind"] == "charged"}
        orders = {PAYMENT + each["_id"]: each for each in self.orders}
        reservations = {each["_id"]: each for each in self.reservations if each["_id"].startswith(PAYMENT)}
        for reference in charges.keys() | orders.keys() | reservations.keys():
            charge, order, kept = charges.get(reference), orders.get(reference), reservations.get(reference)
            if (charge is None) != (order is None):
                yield f"{reference}: charged {charge}, order {order}"
            if charge is not None and order is not None and order["amount"] != charge:
                yield f"{reference}: charged {charge}, ordered {order['amount']}"
            if (charge is not None) != (kept is not None and kept["state"] == "sold"):
                yield f"{reference}: charged {charge}, reservation {kept and kept['state']}"
            if charge is not None and kept is not None and charge != kept["price"] * kept["quantity"]:
                yield f"{reference}: charged {charge}, reserved {kept['quantity']} at {kept['price']}"
            if order is not None and kept is not None and not _same_goods(order, kept):
                yield f"{reference}: ordered other goods than reserved"


def _same_goods(order: Row, kept: Row) -> bool:
    return (order["product_name"], order["quantity"]) == (kept["product_name"], kept["quantity"])
