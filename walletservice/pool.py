"""A bounded pool of connections to PostgreSQL: whoever finds none free waits, within the deadline.

psycopg2's own ThreadedConnectionPool raises where this waits, and holds its lock while it connects.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import connection as Connection

from chassis import deadlines
from chassis.settings import SettingsError

CONNECT_LIMIT = 1.0  # seconds
# The server's own limits, so that what a vanished client began does not hold its locks for long.
OPTIONS = " ".join(
    f"-c {each}"
    for each in (
        "statement_timeout=3000",
        "lock_timeout=2000",
        "idle_in_transaction_session_timeout=3000",
        "synchronous_commit=on",
        "default_transaction_isolation=read\\ committed",
    )
)
KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": 5000}


class NoneFree(psycopg2.OperationalError):
    """All connections stayed in use until the deadline, or it had passed before."""


class Pool:
    """At most `size` connections, made when they are first needed."""

    def __init__(self, dsn: str, *, size: int) -> None:
        """Nothing is sent yet. Raises SettingsError when `dsn` is none; its text, a password in it, is not repeated."""
        try:
            self._dsn: dict[str, Any] = {"application_name": "walletservice", **KEEPALIVES, **extensions.parse_dsn(dsn)}
        except psycopg2.ProgrammingError:
            raise SettingsError("Cannot start: POSTGRES_DSN is no PostgreSQL address.") from None
        self._idle: list[Connection] = []  # the last one used is the next one taken; the rest may grow old and be told
        self._slots = threading.BoundedSemaphore(size)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; a transaction that it is left in is rolled back. Raises psycopg2.OperationalError."""
        left = deadlines.remaining()
        if left <= 0 or not self._slots.acquire(timeout=left):
            raise NoneFree("No connection to PostgreSQL was free in time.")
        try:
            connection = self._take_idle() or self._connect()
            try:
                yield connection
            finally:
                self._put_back(connection)
        finally:
            self._slots.release()

    def discard_idle(self) -> None:
        """Close what nobody uses: after a server's restart all of them are dead."""
        while connection := self._take_idle():
            connection.close()

    def _take_idle(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:  # asking first would be a race
            return None

    def _put_back(self, connection: Connection) -> None:
        if connection.closed or connection.info.transaction_status != extensions.TRANSACTION_STATUS_IDLE:
            connection.close()  # cheaper to reason about than a rollback that may hang; the server rolls back
        else:
            self._idle.append(connection)

    def _connect(self) -> Connection:
        with deadlines.deadline(CONNECT_LIMIT):
            options = f"{self._dsn.get('options', '')} {OPTIONS}"
            connection: Connection = psycopg2.connect(**{**self._dsn, **self._addresses(), "options": options})
        connection.autocommit = True  # transactions are begun and ended in words: see database.py
        return connection

    def _addresses(self) -> dict[str, str]:
        """The server's addresses, looked up here: libpq's own look-up would hold up every request under gevent."""
        host = self._dsn.get("host", "")
        if not host or host.startswith("/") or "," in host or "hostaddr" in self._dsn:
            return {}
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError:
            raise psycopg2.OperationalError("PostgreSQL's host name is not known.") from None
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        return {"host": ",".join([host] * len(addresses)), "hostaddr": ",".join(addresses)}
