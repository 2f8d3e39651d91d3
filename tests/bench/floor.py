"""The floor: the three durable writes of a payment, straight through the drivers, one after the other.

A stock transaction, a charge, an order: as the services write them, but beside the shop's own tables and collections.
"""

import time
import uuid
from typing import Any, Self

import psycopg2
from psycopg2.extensions import connection as Connection
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from chassis.mongo import DURABLE
from local.shop import Shop

TABLES = """
CREATE SCHEMA IF NOT EXISTS floor;
CREATE TABLE IF NOT EXISTS floor.wallets (LIKE public.wallets INCLUDING ALL);
CREATE TABLE IF NOT EXISTS floor.ledger (LIKE public.ledger INCLUDING ALL);
INSERT INTO floor.wallets (user_name, card_number, amount) VALUES ('floor', '0', 1000000000) ON CONFLICT DO NOTHING;
"""
CHARGE = "UPDATE floor.wallets SET amount = amount - 1 RETURNING id, amount"
RECORD = """
INSERT INTO floor.ledger (reference, kind, amount, request_hash, wallet_id, balance_after)
VALUES (%s, 'charged', 1, %s, %s, %s)
"""
Document = dict[str, Any]


class Floor:
    """A connection to each database."""

    def __init__(self, shop: Shop) -> None:
        self._postgres: Connection = psycopg2.connect(shop.postgres_owner_dsn)
        self._client = MongoClient[Document](shop.mongo_admin_uri)
        self._database: Database[Document] = self._client.get_database("floor", write_concern=DURABLE)
        with self._postgres, self._postgres.cursor() as cursor:
            cursor.execute(TABLES)
        self._product = uuid.uuid4().hex
        self._database["products"].insert_one({"_id": self._product, "quantity": 10**9})
        for name in ("reservations", "orders"):  # no transaction should have to make a collection
            self._database[name].insert_one({"_id": uuid.uuid4().hex})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._postgres.close()
        self._client.close()

    def measure(self, seconds: float) -> list[float]:
        """Seconds that each payment's writes took."""
        taken, ends_at = [], time.perf_counter() + seconds
        while (began := time.perf_counter()) < ends_at:
            self._pay(uuid.uuid4().hex)
            taken.append(time.perf_counter() - began)
        return taken

    def _pay(self, reference: str) -> None:
        with self._client.start_session() as session:
            session.with_transaction(
                lambda session: self._reserve(reference, session),
                read_concern=ReadConcern("snapshot"),
                write_concern=DURABLE,
            )
        with self._postgres, self._postgres.cursor() as cursor:
            cursor.execute(CHARGE)
            cursor.execute(RECORD, [f"payment:{reference}", "0" * 64, *(cursor.fetchone() or ())])
        self._database["orders"].insert_one({"_id": reference, **_order()})

    def _reserve(self, reference: str, session: Any) -> None:
        self._database["products"].update_one(
            {"_id": self._product, "quantity": {"$gte": 1}}, {"$inc": {"quantity": -1}}, session=session
        )
        self._database["reservations"].insert_one({"_id": f"payment:{reference}", **_order()}, session=session)


def _order() -> Document:
    """Of the size that an order has."""
    words = {"user_id": "0" * 24, "user_name": "floor customer", "product_name": "floor product", "status": "completed"}
    return {**words, "quantity": 1, "amount": 125, "datetime": "2026-01-01T00:00:00+00:00"}
