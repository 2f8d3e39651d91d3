"""What both databases hold, read as streams: a shop may hold a million orders."""

from collections.abc import Collection, Iterable, Iterator

from pymongo import ASCENDING
from pymongo.database import Database

from tests.faults.source import PAYMENT, Purse, Shelf, Trace, joined
from tests.faults.streams import AT_ONCE, Row, Streams, portions

BY_ID = [("_id", ASCENDING)]
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
CHARGES_OF = "SELECT reference, amount FROM ledger WHERE kind = 'charged' AND reference = ANY(%s)"
OF_STATE = [{"$sum": {"$cond": [{"$eq": ["$state", state]}, "$quantity", 0]}} for state in ("reserved", "sold")]
HELD: list[Row] = [
    {"$match": {"state": {"$in": ["reserved", "sold"]}}},
    {"$group": {"_id": "$product_name", "reserved": OF_STATE[0], "sold": OF_STATE[1]}},
    {"$sort": {"_id": 1}},
]


class Stored(Streams):
    """A source for the audit. Products and their reservations are read as of one moment, wallets and ledger too."""

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
            for some in portions(sorted(references)):
                ids = [each.removeprefix(PAYMENT) for each in some]
                orders = {"_id": {"$in": ids}, "status": "completed"}
                yield from self._traces(
                    database, orders, {"_id": {"$in": some}}, sorted(self._select(CHARGES_OF, some))
                )

    def _traces(
        self, database: Database[Row], orders: Row, kept: Row, charges: Iterable[tuple[str, int]]
    ) -> Iterator[Trace]:
        goods = ["product_name", "quantity"]
        ordered = database["orders"].find(orders, [*goods, "amount"]).sort(BY_ID).hint(BY_ID).batch_size(AT_ONCE)
        reserved = (
            database["reservations"].find(kept, [*goods, "price", "state"]).sort(BY_ID).hint(BY_ID).batch_size(AT_ONCE)
        )
        found = joined(
            charge=charges,
            order=((PAYMENT + each["_id"], each) for each in ordered),
            kept=((each["_id"], each) for each in reserved),
        )
        return (Trace(reference, **parts) for reference, parts in self._counted(found))
