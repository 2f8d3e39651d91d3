"""Locks in the shop's two databases that hold a payment at one step, as another client's unfinished work would."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

import psycopg2
import pymongo
from psycopg2.extensions import connection as Connection
from psycopg2.extras import wait_select
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern

from chassis.mongo import Document
from local.catalogue import MONGO_PORT
from paymentservice.domain import reference_of
from tests.compose import Compose

SECONDS = 60  # for which a lock holds where nobody ends it before
_COMMIT = "1, hashtext(%s)"  # a lock of this kind is one of ours: walletservice takes those that have one number
_QUEUES = {
    ("relation", "AccessShareLock", None): "look",
    ("advisory", "ExclusiveLock", 2): "charge",
    "eshop.orders": "order",
    "eshop.reservations": "settle",
}
# A deferred trigger runs within the commit: who dies meanwhile has sent it, and will not hear that it was done.
_INSTALL = f"""
CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS
$$ BEGIN PERFORM pg_advisory_xact_lock({_COMMIT % "NEW.reference"}); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON ledger DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION hold_commit();
"""
_REMOVE = "DROP FUNCTION hold_commit CASCADE"


@contextmanager
def commits_that_can_be_held(compose: Compose) -> Iterator[None]:
    """Let Locks hold what is written into the ledger; what it does not hold is not hindered."""
    _define(compose, _INSTALL)
    try:
        yield
    finally:
        _define(compose, _REMOVE)


def _define(compose: Compose, statements: str) -> None:
    connection = psycopg2.connect(compose.postgres_owner_dsn, connect_timeout=5)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statements)
    finally:
        connection.close()


class Recorded(NamedTuple):
    """All that the participants have recorded of a payment."""

    reservation: str | None  # its state
    entry: str | None  # its kind
    order: bool


class Locks:
    """Each stays until all are let go, or until its database dies."""

    def __init__(self, compose: Compose) -> None:
        self._dsn = compose.postgres_owner_dsn
        self._bank = self._connect()
        self._bank.autocommit = True
        self._wallets: Connection | None = None
        self._mongodb: MongoClient[Document] = MongoClient(
            "127.0.0.1",
            compose.ports[MONGO_PORT],
            username="admin",
            password=compose.environment["MONGO_ADMIN_PASSWORD"],
            directConnection=True,
            serverSelectionTimeoutMS=1000,
        )
        self._shop = self._mongodb.get_database("eshop", read_concern=ReadConcern("majority"))
        self._sessions: list[ClientSession] = []
        self._aborted = self._aborted_transactions()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bank.close()
        if self._wallets:
            self._wallets.close()
        with pymongo.timeout(1):
            for session in self._sessions:
                session.end_session()  # harmless where the server is gone, and the lock with it
        self._mongodb.close()

    def look(self) -> None:
        """No wallet can be read: this lock waits for whoever holds one, and everybody else waits behind it."""
        if not self._wallets:
            self._wallets = self._connect(async_=True)
            wait_select(self._wallets)
            self._wallets.cursor().execute("BEGIN; LOCK TABLE wallets IN ACCESS EXCLUSIVE MODE")

    def stock(self, product_name: str) -> None:
        """The product can be read and not written."""
        with self._transaction() as session:
            self._shop.products.update_one({"product_name": product_name}, {"$set": {"locked": True}}, session=session)

    def charge(self, payment_id: str) -> None:
        """The money moves and the ledger is written, but the commit is not done, and goes on when this is let go."""
        self._ask(f"SELECT pg_advisory_lock({_COMMIT})", reference_of(payment_id))

    def order(self, payment_id: str) -> None:
        """An order under this id is being written, and never will have been."""
        with self._transaction() as session:
            self._shop.orders.insert_one({"_id": payment_id}, session=session)

    def settle(self, payment_id: str) -> None:
        """The reservation can be read and not written. It must be there: the payment comes from the charge."""
        with self._transaction() as session:
            reservation = {"_id": reference_of(payment_id)}
            locked = self._shop.reservations.update_one(reservation, {"$set": {"locked": True}}, session=session)
            assert locked.matched_count == 1
        self._ask(f"SELECT pg_advisory_unlock({_COMMIT})", reference_of(payment_id))

    def waited_for(self) -> set[str]:
        """The steps at which somebody waits for a lock, as the databases tell it."""
        waiting = set(self._ask("SELECT locktype, mode, objsubid FROM pg_locks WHERE NOT granted"))
        conflicts = {"$match": {"writeConflicts": {"$gt": 0}}}
        waiting |= {
            each["ns"] for each in self._mongodb.admin.aggregate([{"$currentOp": {"allUsers": True}}, conflicts])
        }
        # In a transaction of MongoDB nobody waits: it ends at once, and begins again.
        stock = {"stock"} if self._aborted_transactions() > self._aborted else set()
        return {_QUEUES[each] for each in waiting & _QUEUES.keys()} | stock

    def recorded(self, payment_id: str) -> Recorded:
        reference = reference_of(payment_id)
        reservation = self._shop.reservations.find_one({"_id": reference}) or {}
        entries = self._ask("SELECT kind FROM ledger WHERE reference = %s", reference)
        order = self._shop.orders.find_one({"_id": payment_id})
        return Recorded(reservation.get("state"), entries[0][0] if entries else None, order is not None)

    def _connect(self, **options: Any) -> Connection:
        """A session that may idle in its transaction, as the shop's own may not."""
        limits = f"-c idle_in_transaction_session_timeout={SECONDS}s"
        connection: Connection = psycopg2.connect(self._dsn, connect_timeout=5, options=limits, **options)
        return connection

    def _ask(self, statement: str, *parameters: str) -> list[tuple[Any, ...]]:
        with self._bank.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[ClientSession]:
        """One that outlives the shop's own, which end after three seconds: the limit at its first operation counts."""
        session = self._mongodb.start_session()
        self._sessions.append(session)
        session.start_transaction()
        limit = self._set_lifetime(SECONDS)
        try:
            yield session
        finally:
            self._set_lifetime(limit)

    def _set_lifetime(self, seconds: int) -> int:
        """Limit the transactions that begin from now on; what the limit was."""
        return int(self._mongodb.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=seconds)["was"])

    def _aborted_transactions(self) -> int:
        return int(self._mongodb.admin.command("serverStatus")["transactions"]["totalAborted"])
