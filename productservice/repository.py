"""Where products are kept: their price, the pieces left, and all that ever came in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from typing import Protocol

from bson import ObjectId
from pymongo import ASCENDING, ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, OperationFailure

from chassis import mongo
from chassis.mongo import Document, in_time
from productservice.decisions import Reservation, pieces
from productservice.documents import product_of
from productservice.domain import Addition, NewProduct, Product, ProductNotFound, decide_addition
from productservice.transactions import Decider, read_at_once

_NAMESPACE_EXISTS = 48  # another replica was faster


class Products(Protocol):
    def add(self, new: NewProduct, *, reference: str, request_hash: str) -> Addition: ...
    def get(self, product_name: str) -> Product: ...
    def set_price(self, product_name: str, price: int) -> Product: ...
    def list(self, *, limit: int, after: str | None) -> list[Product]: ...
    def shelf(self, product_names: Iterable[str]) -> Mapping[str, Product]: ...


class MongoProducts:
    """Products in the collection `products`; in `additions`, the first answer to each reference that brought some."""

    def __init__(
        self,
        database: Database[Document],
        decider: Decider,
        *,
        new_id: Callable[[], str] = lambda: str(ObjectId()),
    ) -> None:
        self._database = database
        self._decider = decider
        self._new_id = new_id

    @cached_property
    def _products(self) -> Collection[Document]:
        """The collection, its indexes made sure of at first use: MongoDB need not be up before the service."""
        products = _constrained(self._database)
        products.create_index([("product_name", ASCENDING)], unique=True)
        products.create_index(mongo.NEWEST_FIRST)
        return products

    def add(self, new: NewProduct, *, reference: str, request_hash: str) -> Addition:
        """Bring pieces in, once a reference. Raises KeyReused, StockLimit."""
        products, additions = self._products, self._database["additions"]

        def decision(session: ClientSession) -> Addition:
            wanted = {"additions": {"_id": reference}, "products": {"product_name": new.product_name}}
            found = read_at_once(self._database, session, **wanted)
            if found["additions"]:
                return _addition(found["additions"][0])
            known = product_of(found["products"][0]) if found["products"] else None
            addition = decide_addition(new, known, new_id=self._new_id(), request_hash=request_hash)
            if addition.is_new:
                products.insert_one(_first(addition, new, found["now"]), session=session)
            elif addition.product is not None:
                products.update_one({"_id": addition.product.id}, _more(new), session=session)
            record = {"_id": reference, **new.model_dump(), **_fields(addition), "created_at": found["now"]}
            additions.insert_one(record, session=session)
            return addition

        return self._decider.run(decision).outcome(request_hash)

    def get(self, product_name: str) -> Product:
        """The product of this name. Raises ProductNotFound."""
        with in_time():
            return _found(self._products.find_one({"product_name": product_name}))

    def set_price(self, product_name: str, price: int) -> Product:
        """Set the price of a product. Raises ProductNotFound."""
        with in_time():
            changed = self._products.find_one_and_update(
                {"product_name": product_name}, {"$set": {"price": price}}, return_document=ReturnDocument.AFTER
            )
        return _found(changed)

    def list(self, *, limit: int, after: str | None) -> list[Product]:
        """At most `limit` products, newest first, older than `after`."""
        with in_time():
            return [product_of(each) for each in mongo.newest_first(self._products, where={}, limit=limit, after=after)]

    def make_ready(self) -> None:
        """Make sure of the indexes: that cannot wait until a transaction is under way."""
        _ = self._products

    def shelf(self, product_names: Iterable[str]) -> Mapping[str, Product]:
        """Those of these products that exist, by name."""
        with in_time():
            found = self._products.find({"product_name": {"$in": sorted(set(product_names))}})
            return {each["product_name"]: product_of(each) for each in found}

    def take(self, reserved: Sequence[Reservation], *, session: ClientSession) -> bool:
        """Take what is reserved off the shelf at the price it is reserved at; whether all of it was there."""
        prices = {each.product_name: each.price for each in reserved}
        takings = [
            UpdateOne(
                {"product_name": name, "price": prices[name], "quantity": {"$gte": quantity}},
                {"$inc": {"quantity": -quantity}},
            )
            for name, quantity in pieces(reserved).items()
        ]
        return self._products.bulk_write(takings, session=session).matched_count == len(takings)

    def move(self, changes: Mapping[str, int], *, session: ClientSession) -> None:
        """Add so many pieces to each product, or take them where the number is negative."""
        moves = [
            UpdateOne({"product_name": name, "quantity": {"$gte": -change}}, {"$inc": {"quantity": change}})
            for name, change in changes.items()
        ]
        if moves and self._products.bulk_write(moves, session=session).matched_count != len(moves):
            raise RuntimeError("a decision that the stock does not allow")  # rolled back, never answered


def _constrained(database: Database[Document]) -> Collection[Document]:
    """The products, whose stock the database itself keeps from falling below nothing."""
    try:
        return database.create_collection("products", validator={"quantity": {"$gte": 0}, "stocked": {"$gte": 0}})
    except (CollectionInvalid, OperationFailure) as error:
        if isinstance(error, OperationFailure) and error.code != _NAMESPACE_EXISTS:
            raise
        return database["products"]


def _first(addition: Addition, new: NewProduct, now: datetime) -> Document:
    assert addition.product is not None
    return {"_id": addition.product.id, **new.model_dump(), "stocked": new.quantity, "created_at": now}


def _more(new: NewProduct) -> Document:
    return {"$set": {"price": new.price}, "$inc": {"quantity": new.quantity, "stocked": new.quantity}}


def _fields(addition: Addition) -> Document:
    return {**asdict(addition), "product": addition.product and dict(addition.product)}


def _addition(document: Document) -> Addition:
    product = document["product"]
    return Addition(
        request_hash=document["request_hash"],
        product=product and Product(**product),
        is_new=document["is_new"],
        code=document["code"],
    )


def _found(document: Document | None) -> Product:
    if document is None:
        raise ProductNotFound
    return product_of(document)
