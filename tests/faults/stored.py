"""What both databases hold, read as streams: a shop may hold a million orders."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
from pymongo import ASCENDING, MongoClient
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from tests.faults.audit import PAYMENT, Purse, Shelf, Trace, joined
from tests.faults.purchases import Left, Order

Row = dict[str, Any]
BY_ID = [("_id", ASCENDING)]
AT_ONCE = 1000  # references asked for, and rows of PostgreSQL's that are fetched together
PURSES = """
SELECT coalesce(wallets.id, sums.wallet_id), wallets.amount,
    coalesce(credited, 0)::bigint, coalesce(charged, 0)::bigint, coalesce(debited, 0)::bigint
FROM wallets FULL JOIN (
    SELECT wallet_id, sum(amount) FILTER (WHERE kind = 'credited') AS credited,
        sum(amount) FILTER (WHERE kind = 'charged') AS charged,
        sum(amount) FILTER (WHERE kind = 'debited') AS debited
    FROM ledger WHERE wallet_id IS NOT NULL GROUP BY wallet_id
) AS sums ON sums.wallet_id = wallets.id
"""
CHARGES = "SELECT reference, amount FROM ledger WHERE kind = 'charged' ORDER BY reference COLLATE \"C\""
WALLETS_OF = "SELECT user_name, sum(amount)::bigint FROM wallets WHERE user_name = ANY(%s) GROUP BY user_name"
CHARGES_OF = "SELECT reference, amount FROM ledger WHERE kind = 'charged' AND reference = ANY(%s)"
OF_STATE = [{"$sum": {"$cond": [{"$eq": ["$state", state]}, "$quantity", 0]}} for state in ("reserved", "sold")]
HELD: list[Row] = [
    {"$match": {"state": {"$in": ["reserved", "sold"]}}},
    {"$group": {"_id": "$product_name", "reserved": OF_STATE[0], "sold": OF_STATE[1]}},
    {"$sort": {"_id": 1}},
]


@dataclass
class Stored:
    """A source for the audit. Products and their reservations are read as of one moment, wallets and ledger too."""

    mongo_uri: str
    postgres_dsn: str
    rows: int = 0  # that were read so far

    def shelves(self) -> Iterator[Shelf]:
        with self._database() as database, database.client.start_session(snapshot=True) as session:
            products = database["products"].find({}, ["product_name", "stocked", "quantity"], session=session)
            held = database["reservations"].aggregate(HELD, session=session, allowDiskUse=True)
            found = joined(
                product=((each["product_name"], each) for each in products.sort("product_name", ASCENDING)),
                held=((each["_id"], each) for each in held),
            )
            for name, parts in self._counted(found):
                product, held_of = parts.get("product", {"stocked": 0, "quantity": 0}), parts.get("held", {})
                yield Shelf(
                    name, product["stocked"], product["quantity"], held_of.get("reserved", 0), held_of.get("sold", 0)
                )

    def purses(self) -> Iterator[Purse]:
        return (Purse(*each) for each in self._counted(self._select(PURSES)))

    def under_way(self) -> Iterator[str]:
        with self._database() as database:
            for each in database["reservations"].find({"state": "reserved"}, ["_id"]):
                yield each["_id"]

    def traces(self) -> Iterator[Trace]:
        with self._database() as database:
            # From the first possible name of a payment to the last: ";" is what comes after ":".
            payments = {"_id": {"$gte": PAYMENT, "$lt": PAYMENT.replace(":", ";")}}
            yield from self._traces(database, {"status": "completed"}, payments, self._select(CHARGES))

    def traces_of(self, references: Collection[str]) -> Iterator[Trace]:
        with self._database() as database:
            for some in _portions(sorted(references)):
                ids = [each.removeprefix(PAYMENT) for each in some]
                orders = {"_id": {"$in": ids}, "status": "completed"}
                yield from self._traces(
                    database, orders, {"_id": {"$in": some}}, sorted(self._select(CHARGES_OF, some))
                )

    def outcomes_of(self, payment_ids: Iterable[str]) -> dict[str, str]:
        """What became of each of these payments: `completed`, or the code of the refusal."""
        found = {}
        with self._database() as database:
            for some in _portions(sorted(payment_ids)):
                kept = database["reservations"].find({"_id": {"$in": [PAYMENT + each for each in some]}}, ["code"])
                found.update({each["_id"].removeprefix(PAYMENT): each.get("code") or "?" for each in kept})
                orders = database["orders"].find({"_id": {"$in": some}, "status": "completed"}, ["_id"])
                found.update({each["_id"]: "completed" for each in orders})
        return found

    def of_run(self, *, customers: Mapping[str, str], products: Collection[str]) -> Left:
        """What is left of one run, whose customers are named with their ids."""
        with self._database() as database:
            shelves = database["products"].find({"product_name": {"$in": list(products)}})
            orders = database["orders"].find({"user_id": {"$in": list(customers.values())}})
            return Left(
                wallets=dict(self._select(WALLETS_OF, list(customers))),
                shelves={each["product_name"]: each["quantity"] for each in shelves},
                orders=[
                    Order(each["_id"], each["user_name"], each["product_name"], each["quantity"], each["amount"])
                    for each in orders
                ],
            )

    def _traces(
        self, database: Database[Row], orders: Row, kept: Row, charges: Iterable[tuple[str, int]]
    ) -> Iterator[Trace]:
        goods = ["product_name", "quantity"]
        ordered = database["orders"].find(orders, [*goods, "amount"]).sort(BY_ID).hint(BY_ID)
        reserved = database["reservations"].find(kept, [*goods, "price", "state"]).sort(BY_ID).hint(BY_ID)
        found = joined(
            charge=charges,
            order=((PAYMENT + each["_id"], each) for each in ordered),
            kept=((each["_id"], each) for each in reserved),
        )
        return (Trace(reference, **parts) for reference, parts in self._counted(found))

    def _counted(self, rows: Iterable[Any]) -> Iterator[Any]:
        for each in rows:
            self.rows += 1
            yield each

    @contextmanager
    def _database(self) -> Iterator[Database[Row]]:
        with MongoClient[Row](self.mongo_uri, tz_aware=True, serverSelectionTimeoutMS=5000) as client:
            yield client.get_default_database(read_concern=ReadConcern("majority"))

    def _select(self, statement: str, *values: Any) -> Iterator[Any]:
        """Rows as of one moment, a portion at a time."""
        connection = psycopg2.connect(self.postgres_dsn, connect_timeout=5)
        try:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection.cursor() as cursor:  # who merges streams may be slow to ask for more
                cursor.execute("SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0")
            with connection.cursor("audit") as cursor:
                cursor.itersize = AT_ONCE
                cursor.execute(statement, values)
                yield from cursor
        finally:
            connection.close()


def _portions(everything: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(everything), AT_ONCE):
        yield everything[first : first + AT_ONCE]
