"""A shop that has been open for long: a million orders of 100,000 users for 10,000 products, and what belongs to them.

Written straight into the databases, as the services would have left it a year ago: every order is paid for and every
piece accounted for, so that the books of the full shop balance, too.
"""

import io
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import psycopg2
from pymongo import MongoClient
from pymongo.write_concern import WriteConcern

from local.shop import Shop
from tests.web import new_session

ORDERS, USERS, PRODUCTS = 1_000_000, 100_000, 10_000
PRICE, FUNDS = 125, 10_000_000  # cents
BOUGHT, SOLD = ORDERS // USERS, ORDERS // PRODUCTS  # orders of a user, of a product
CHUNK = 20_000
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
NAMESPACE = uuid.UUID(int=0)
HASH = "0" * 64
A_USER = "user-0"
Document = dict[str, Any]


def fill(shop: Shop, say: Callable[[str], object]) -> None:
    """Fill an empty shop. Its services make their collections and indexes first."""
    with new_session() as session:
        for name, plural in (("userservice", "users"), ("productservice", "products"), ("orderservice", "orders")):
            session.get(f"{shop.urls[name]}/{plural}?limit=1", timeout=10).raise_for_status()
    _fill_wallets(shop, say)
    with MongoClient[Document](shop.mongo_admin_uri) as client:
        database = client.get_database("eshop", write_concern=WriteConcern(w=1, j=False))
        for collection, documents, count in (
            ("users", map(_user, range(USERS)), USERS),
            ("products", map(_product, range(PRODUCTS)), PRODUCTS),
            ("reservations", map(_reservation, range(ORDERS)), ORDERS),
            ("orders", map(_order, range(ORDERS)), ORDERS),
        ):
            done = 0
            while chunk := list(islice(documents, CHUNK)):
                database[collection].insert_many(chunk, ordered=False)
                done += len(chunk)
                say(f"filling a shop: {done:,} of {count:,} {collection}")
        client.admin.command("fsync")


def _fill_wallets(shop: Shop, say: Callable[[str], object]) -> None:
    connection = psycopg2.connect(shop.postgres_owner_dsn)
    try:
        with connection, connection.cursor() as cursor:
            say("filling a shop: wallets and their ledger")
            cursor.copy_expert("COPY wallets (user_name, card_number, amount) FROM STDIN", _lines(_wallets()))
            cursor.execute("SELECT min(id) FROM wallets")
            [first] = cursor.fetchone() or (1,)
            columns = "reference, kind, amount, request_hash, wallet_id, balance_after, created_at"
            cursor.copy_expert(f"COPY ledger ({columns}) FROM STDIN", _lines(_ledger(first)))
    finally:
        connection.close()


def _wallets() -> Iterator[tuple[object, ...]]:
    return ((_user_name(each), _card(each), FUNDS - BOUGHT * PRICE) for each in range(USERS))


def _ledger(first_wallet: int) -> Iterator[tuple[object, ...]]:
    for each in range(USERS):
        yield f"wallets.add:{each}", "credited", FUNDS, HASH, first_wallet + each, FUNDS, LONG_AGO
    for each in range(ORDERS):
        left = FUNDS - (each // USERS + 1) * PRICE
        yield f"payment:{_payment_id(each)}", "charged", PRICE, HASH, first_wallet + each % USERS, left, LONG_AGO


class _lines(io.RawIOBase):
    """Rows as COPY reads them, made as it asks for them."""

    def __init__(self, rows: Iterator[tuple[object, ...]]) -> None:
        self._rows = rows

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return "".join("\t".join(map(str, row)) + "\n" for row in islice(self._rows, 100)).encode()


def _user(number: int) -> Document:
    email = f"{number}@full.example.com"
    return {
        "_id": f"user-{number}",
        "user_name": _user_name(number),
        "email": email,
        "email_key": email,
        "card_number": _card(number),
        "created_at": _moment(number),
    }


def _product(number: int) -> Document:
    pieces = {"quantity": 1_000_000, "stocked": 1_000_000 + SOLD}
    return {"_id": f"product-{number}", "product_name": _product_name(number), "price": PRICE, **pieces,
            "created_at": _moment(number)}  # fmt: skip


def _reservation(number: int) -> Document:
    goods = {"product_name": _product_name(number % PRODUCTS), "quantity": 1, "price": PRICE}
    when = {"created_at": _moment(number), "attempts": 0, "next_attempt_at": _moment(number)}
    reference = f"payment:{_payment_id(number)}"
    return {"_id": reference, "state": "sold", "request_hash": HASH, **goods, "code": None, "reason": None, **when}


def _order(number: int) -> Document:
    who = {"user_id": f"user-{number % USERS}", "user_name": _user_name(number % USERS)}
    goods = {"product_name": _product_name(number % PRODUCTS), "quantity": 1, "amount": PRICE}
    when = {"datetime": _moment(number).isoformat(), "created_at": _moment(number)}
    return {"_id": _payment_id(number), **who, **goods, **when, "status": "completed"}


def _payment_id(number: int) -> str:
    return str(uuid.uuid5(NAMESPACE, str(number)))


def _moment(number: int) -> datetime:
    return LONG_AGO + timedelta(seconds=number)


def _user_name(number: int) -> str:
    return f"full user {number}"


def _product_name(number: int) -> str:
    return f"full product {number}"


def _card(number: int) -> str:
    return f"{number:08d}"
