"""A PostgreSQL database with the real schema, emptied before each test that asks for it."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest
from psycopg2 import extensions

from local.postgresql import APPLICATION, OWNER, SUPERUSER
from local.shop import Shop
from tests.fakes.walletservice import FakeBank
from walletservice import schema, waiting
from walletservice.database import SIZE, Database
from walletservice.ledger import Ledger, PostgresLedger
from walletservice.pool import Pool
from walletservice.repository import PostgresWallets, Wallets


@dataclass(frozen=True)
class Postgres:
    app_dsn: str
    owner_dsn: str
    superuser_dsn: str

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement as the superuser; its rows."""
        with closing(psycopg2.connect(self.superuser_dsn)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []

    def ask_patiently(self, statement: str) -> None:
        """Run a statement that may take longer than the service lets one take."""
        callback = extensions.get_wait_callback()
        extensions.set_wait_callback(None)
        try:
            self.ask(statement)
        finally:
            extensions.set_wait_callback(callback)


@dataclass(frozen=True)
class Bank:
    wallets: Wallets
    ledger: Ledger


@pytest.fixture(scope="session")
def postgres_server(databases: Shop) -> Iterator[Postgres]:
    """A database of its own on the tests' server, with the roles that server was given."""
    dsn, name = databases.parts.postgresql.dsn, f"test_{uuid.uuid4().hex}"
    server = Postgres("", "", superuser_dsn=dsn(SUPERUSER, database="postgres"))
    server.ask_patiently(f"CREATE DATABASE {name} OWNER {OWNER}")
    database = Postgres(
        app_dsn=dsn(APPLICATION, database=name),
        owner_dsn=dsn(OWNER, database=name),
        superuser_dsn=dsn(SUPERUSER, database=name),
    )
    schema.apply(database.owner_dsn, APPLICATION)
    yield database
    server.ask_patiently(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres(postgres_server: Postgres) -> Postgres:
    postgres_server.ask("TRUNCATE ledger, wallets")
    return postgres_server


@pytest.fixture
def postgres_bank(postgres: Postgres) -> Iterator[Bank]:
    """The real one; its lists hold what they need in one order, so none may ever have to be tried again."""
    waiting.install()
    store = Database(Pool(postgres.app_dsn, size=SIZE), jitter=_no_conflict)
    yield Bank(PostgresWallets(store), PostgresLedger(store))
    store.close()


def _no_conflict() -> float:
    raise AssertionError("two lists were in conflict")


@pytest.fixture(params=["fake", "real"])
def bank(request: pytest.FixtureRequest) -> Bank:
    """Each of the banks, which must not be told apart."""
    if request.param == "fake":
        fake = FakeBank()
        return Bank(wallets=fake, ledger=fake)
    real: Bank = request.getfixturevalue("postgres_bank")
    return real
