"""PostgreSQL for walletservice: transactions that are tried again where that helps, and what counts as an outage."""

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg2
import structlog
from psycopg2 import errorcodes, extensions
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import Composable

from chassis import deadlines
from walletservice import waiting
from walletservice.pool import Pool

T = TypeVar("T")
SIZE = 16  # connections of one process: a server takes 100 in all, and writers of one wallet queue anyway
TRANSACTION_LIMIT = 4.0  # seconds for a whole transaction with its retries, where the caller grants more
LONGEST_PAUSE = 0.05  # seconds between two tries
CONFLICTS = {errorcodes.SERIALIZATION_FAILURE, errorcodes.DEADLOCK_DETECTED, errorcodes.UNIQUE_VIOLATION}
GOODBYES = {
    errorcodes.ADMIN_SHUTDOWN,
    errorcodes.CRASH_SHUTDOWN,
    errorcodes.IDLE_SESSION_TIMEOUT,
    errorcodes.IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
}
log = structlog.get_logger()


class DatabaseDown(Exception):
    """PostgreSQL is away or too slow; whatever was asked is in doubt."""


class StatementRefused(Exception):
    """PostgreSQL refused a statement: a bug. Its own message would quote the row, a card number in it, into the log."""


def connect(dsn: str) -> "Database":
    """The database at `dsn`. Nothing is sent yet; a server that is away is found when it comes back."""
    waiting.install()
    return Database(Pool(dsn, size=SIZE))


def is_outage(error: BaseException) -> bool:
    """Whether the server is away or too slow, and no bug of ours."""
    return isinstance(error, DatabaseDown)


class ConnectionLost(psycopg2.OperationalError):
    """The server, or the way to it, went away under a connection that once worked."""


class _Transaction(Cursor):
    """Begins together with its first statement: a word of its own to the server would be a round trip more."""

    _begun = False

    def execute(self, query: str | bytes | Composable, arguments: Any = None) -> None:
        if not self._begun:
            self._begun = True
            query = query.as_string(self) if isinstance(query, Composable) else query
            query = b"BEGIN; " + query if isinstance(query, bytes) else f"BEGIN; {query}"
        super().execute(query, arguments)


class Database:
    """Runs transactions."""

    def __init__(self, pool: Pool, *, jitter: Callable[[], float] = random.random) -> None:
        self._pool = pool
        self._jitter = jitter

    def run(self, work: Callable[[Cursor], T]) -> T:
        """Do `work` in one transaction, READ COMMITTED, and commit, unless `work` did so with its last statement.

        It may run several times, the last commit of an earlier try in doubt: `work` must find what it did before.

        Raises:
            DatabaseDown, StatementRefused
        """
        return self._persist(work, _Transaction)

    def read(self, work: Callable[[Cursor], T]) -> T:
        """Do `work` without a transaction, each statement on its own. Raises as above."""
        return self._persist(work, Cursor)

    def _persist(self, work: Callable[[Cursor], T], kind: type[Cursor]) -> T:
        with deadlines.deadline(TRANSACTION_LIMIT):
            lost, conflicts = 0, 0
            while True:
                try:
                    return self._once(work, kind)
                except psycopg2.Error as error:
                    if isinstance(error, ConnectionLost) and not lost:
                        lost += 1
                        self._pool.discard_idle()
                    elif error.pgcode in CONFLICTS and self._paused(conflicts):
                        conflicts += 1
                    else:
                        raise _told(error) from None

    def ping(self) -> None:
        """Raises DatabaseDown when the server does not answer within the deadline in force."""
        self.read(lambda cursor: cursor.execute("SELECT 1"))

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._pool.discard_idle()

    def _once(self, work: Callable[[Cursor], T], kind: type[Cursor]) -> T:
        with self._pool.connection() as connection:
            try:
                with connection.cursor(cursor_factory=kind) as cursor:
                    done = work(cursor)
                    if connection.info.transaction_status != extensions.TRANSACTION_STATUS_IDLE:
                        cursor.execute("COMMIT")
            except psycopg2.Error as error:
                silent = isinstance(error, waiting.ServerSilent)
                if not silent and (connection.closed or error.pgcode in GOODBYES):
                    raise ConnectionLost from None
                raise
            return done

    def _paused(self, earlier: int) -> bool:
        pause = self._jitter() * min(LONGEST_PAUSE, 0.005 * 2.0**earlier)
        if deadlines.remaining() <= pause:
            return False
        time.sleep(pause)
        return True


def _told(error: psycopg2.Error) -> Exception:
    """The error without the server's words, logged, since who answers it says no more than that the store is down."""
    what = f"{type(error).__name__} {error.pgcode or ''}".strip()
    log.warning("postgres", error=what)
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return DatabaseDown(what)
    return StatementRefused(f"{what} {error.diag.constraint_name or ''}".strip())
