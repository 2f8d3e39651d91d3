"""Where orders are kept: one MongoDB collection, an order written once and never changed."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Protocol

from bson import Int64
from pymongo import ASCENDING, InsertOne
from pymongo.collection import Collection as MongoCollection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from chassis import mongo
from chassis.mongo import Document, in_time
from orderservice.domain import NewOrder, Order, OrderNotFound, PaidOrder, Status


class Orders(Protocol):
    def add(self, new: NewOrder) -> Order: ...
    def get(self, order_id: str) -> Order: ...
    def list(self, *, limit: int, after: str | None) -> Sequence[Order]: ...
    def of_user(self, user_id: str, *, limit: int, after: str | None) -> Sequence[Order]: ...
    def completed(self, *, limit: int, after: str | None) -> Sequence[Order]: ...
    def write(self, orders: Sequence[PaidOrder]) -> Mapping[str, Order]: ...
    def find(self, order_ids: Collection[str]) -> Mapping[str, Order]: ...


class MongoOrders:
    """Orders in the collection `orders`."""

    def __init__(
        self,
        database: Database[Document],
        *,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._new_id = new_id
        self._now = now

    @cached_property
    def _orders(self) -> MongoCollection[Document]:
        """The collection, its indexes made sure of at first use: MongoDB need not be up before the service."""
        orders = self._database["orders"]
        orders.create_index(mongo.NEWEST_FIRST)
        orders.create_index([("user_id", ASCENDING), *mongo.NEWEST_FIRST])
        orders.create_index([("status", ASCENDING), *mongo.NEWEST_FIRST])
        return orders

    def add(self, new: NewOrder) -> Order:
        """Keep an order that nobody has paid."""
        document = {"_id": self._new_id(), **self._fields(new, "placed")}
        with in_time():
            self._orders.insert_one(document)
        return _order(document)

    def get(self, order_id: str) -> Order:
        """The order with this id. Raises OrderNotFound."""
        with in_time():
            document = self._orders.find_one({"_id": order_id})
        if document is None:
            raise OrderNotFound
        return _order(document)

    def list(self, *, limit: int, after: str | None) -> Sequence[Order]:
        """At most `limit` orders, newest first, older than `after`."""
        return self._newest({}, limit, after)

    def of_user(self, user_id: str, *, limit: int, after: str | None) -> Sequence[Order]:
        """The same of one user."""
        return self._newest({"user_id": user_id}, limit, after)

    def completed(self, *, limit: int, after: str | None) -> Sequence[Order]:
        """The same of those that are paid."""
        return self._newest({"status": "completed"}, limit, after)

    def write(self, orders: Sequence[PaidOrder]) -> Mapping[str, Order]:
        """Keep paid orders, each if it is not there yet; tells what is kept under their ids, the first writer's."""
        documents = [{"_id": each.id, **self._fields(each, "completed")} for each in orders]
        with in_time():
            if self._insert(documents):
                return {each["_id"]: _order(each) for each in documents}
            return self.find({each.id for each in orders})

    def find(self, order_ids: Collection[str]) -> Mapping[str, Order]:
        """Those of `order_ids` that exist."""
        with in_time():
            return {each["_id"]: _order(each) for each in self._orders.find({"_id": {"$in": sorted(order_ids)}})}

    def _insert(self, documents: Sequence[Document]) -> bool:
        """Insert what is not there yet; whether that was all."""
        try:
            self._orders.bulk_write([InsertOne(each) for each in documents], ordered=False)
        except BulkWriteError as error:
            if not _only_duplicates(error):
                raise
            return False
        return True

    def _newest(self, where: Document, limit: int, after: str | None) -> Sequence[Order]:
        with in_time():
            found = mongo.newest_first(self._orders, where=where, limit=limit, after=after)
        return [_order(each) for each in found]

    def _fields(self, order: NewOrder | PaidOrder, status: Status) -> Document:
        fields = order.model_dump(exclude={"id"})
        return {**fields, "amount": Int64(order.amount), "status": status, "created_at": self._now()}


def _only_duplicates(error: BulkWriteError) -> bool:
    """Whether every failure is another writer's order under the same id, which came first."""
    failures = error.details["writeErrors"]
    return not error.details["writeConcernErrors"] and all(each["code"] == mongo.DUPLICATE_KEY for each in failures)


def _order(document: Document) -> Order:
    return Order(
        id=document["_id"],
        user_id=document["user_id"],
        user_name=document["user_name"],
        product_name=document["product_name"],
        quantity=document["quantity"],
        amount=document["amount"],
        datetime=document["datetime"],
        status=document["status"],
    )
