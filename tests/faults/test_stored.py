"""The audit over real databases, read as streams, against the same over books in memory: they find the same."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from psycopg2.extras import execute_values
from pymongo.database import Database

from local.postgresql import SUPERUSER
from local.shop import Shop
from tests.faults import streams
from tests.faults.audit import audit
from tests.faults.books import Books
from tests.faults.remains import Remains
from tests.faults.stored import Stored
from tests.faults.test_audit import WRONG, balanced

TABLES = """
CREATE TABLE wallets (id bigint, amount bigint);
CREATE TABLE ledger (reference text, wallet_id bigint, kind text, amount bigint)
"""


@pytest.fixture(scope="module")
def bare_tables(databases: Shop) -> Iterator[str]:
    """The address of a database without any constraint: what is to be found must first be possible."""
    name = f"audit_{uuid.uuid4().hex}"
    _run(databases.parts.postgresql.dsn(SUPERUSER, database="postgres"), f"CREATE DATABASE {name}")
    dsn = databases.parts.postgresql.dsn(SUPERUSER, database=name)
    _run(dsn, TABLES)
    yield dsn
    _run(databases.parts.postgresql.dsn(SUPERUSER, database="postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def _run(dsn: str, statement: str, rows: list[tuple[Any, ...]] | None = None) -> None:
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            if rows is None:
                cursor.execute(statement)
            elif rows:
                execute_values(cursor, statement, rows)


def written(books: Books, database: Database[dict[str, Any]], uri: str, dsn: str) -> Stored:
    """The same books in real databases."""
    for name, rows in (("products", books.products), ("reservations", books.reservations), ("orders", books.orders)):
        if rows:
            database[name].insert_many(
                [{**each, **({"status": "completed"} if name == "orders" else {})} for each in rows]
            )
    _run(dsn, "TRUNCATE wallets, ledger")
    _run(dsn, "INSERT INTO wallets VALUES %s", [(each["id"], each["amount"]) for each in books.wallets])
    fields = ("reference", "wallet_id", "kind", "amount")
    _run(dsn, "INSERT INTO ledger VALUES %s", [tuple(each[name] for name in fields) for each in books.ledger])
    return Stored(uri.replace("/?", f"/{database.name}?"), dsn)


@pytest.mark.parametrize("name", ["nothing", *WRONG])
def test_what_is_stored_is_found_to_be_what_it_is_in_memory(
    name: str, databases: Shop, mongo_database: Database[dict[str, Any]], bare_tables: str
) -> None:
    spoil, complaint = WRONG.get(name, (lambda books: books, ""))
    books = spoil(balanced())
    source = written(books, mongo_database, databases.mongo_admin_uri, bare_tables)
    assert audit(source) == audit(books)
    assert list(source.under_way()) == list(books.under_way())
    everything = [*(each for one in audit(source) for each in one.complaints), *source.under_way()]
    assert bool(everything) == bool(complaint)


def test_references_are_merged_in_the_order_of_both_databases(
    databases: Shop, mongo_database: Database[dict[str, Any]], bare_tables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "AT_ONCE", 2)
    names = ["a-1", "A-1", "a_1", "a1", "ä", "Z", "z", "ß", "\U0001f600", "\uffee", "0", "-"]
    pieces = {"product_name": "x", "quantity": 1, "price": 100}
    books = Books(
        products=[{"product_name": "x", "quantity": 0, "stocked": len(names)}],
        reservations=[{"_id": f"payment:{each}", "state": "sold", **pieces} for each in names],
        orders=[{"_id": each, "product_name": "x", "quantity": 1, "amount": 100} for each in names],
        wallets=[{"id": 1, "amount": 0}],
        ledger=[
            {"reference": "wallets.add:k", "wallet_id": 1, "kind": "credited", "amount": 100 * len(names)},
            *({"reference": f"payment:{each}", "wallet_id": 1, "kind": "charged", "amount": 100} for each in names),
        ],
    )
    source = written(books, mongo_database, databases.mongo_admin_uri, bare_tables)
    remains = Remains(source.mongo_uri, source.postgres_dsn)
    assert [complaint for each in audit(source) for complaint in each.complaints] == []
    assert audit(source)[2].numbers["charged"] == len(names)
    assert remains.outcomes_of([*names, "unknown"]) == books.outcomes() == dict.fromkeys(names, "completed")
    assert {each.reference for each in source.traces_of({"payment:a1", "payment:z"})} == {"payment:a1", "payment:z"}
