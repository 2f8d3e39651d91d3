"""What is stored of one run: what became of its payments, and what its customers and shelves have left."""

from collections.abc import Collection, Iterable, Mapping

from tests.faults.purchases import Left, Order
from tests.faults.source import PAYMENT
from tests.faults.streams import Streams, portions

WALLETS_OF = "SELECT user_name, sum(amount)::bigint FROM wallets WHERE user_name = ANY(%s) GROUP BY user_name"


class Remains(Streams):
    """Of one run alone; nothing else is read."""

    def outcomes_of(self, payment_ids: Iterable[str]) -> dict[str, str]:
        """What became of each of these payments: `completed`, or the code of the refusal."""
        found = {}
        with self._database() as database:
            for some in portions(sorted(payment_ids)):
                kept = database["reservations"].find({"_id": {"$in": [PAYMENT + each for each in some]}}, ["code"])
                found.update({each["_id"].removeprefix(PAYMENT): each.get("code") or "?" for each in kept})
                orders = database["orders"].find({"_id": {"$in": some}, "status": "completed"}, ["_id"])
                found.update({each["_id"]: "completed" for each in orders})
        return found

    def of_run(self, *, customers: Mapping[str, str], products: Collection[str]) -> Left:
        """What is left of one run, whose customers are named with their ids."""
        with self._database() as database:
            named = {"product_name": {"$in": list(products)}}
            shelves = database["products"].find(named)
            refused = database["reservations"].find(
                {**named, "state": "refused", "_id": {"$regex": r"^products\.deduct:"}}
            )
            orders = database["orders"].find({"user_id": {"$in": list(customers.values())}})
            return Left(
                wallets=dict(self._select(WALLETS_OF, list(customers))),
                shelves={each["product_name"]: each["quantity"] for each in shelves},
                orders=[
                    Order(each["_id"], each["user_name"], each["product_name"], each["quantity"], each["amount"])
                    for each in orders
                ],
                refused={each["_id"]: each["quantity"] for each in refused},
            )
