"""How psycopg2 waits for PostgreSQL: never past the deadline, and never so that gevent's other requests wait too."""

import select
import time

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import connection as Connection

from chassis import deadlines

STATEMENT_LIMIT = 3.0  # seconds for one answer of the server; a frozen one gives none, whatever its own time-outs say
_READY_FOR = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}


class ServerSilent(psycopg2.OperationalError):
    """No answer in time. psycopg2 has closed the connection; what was asked may still happen."""


def install() -> None:
    """Make every psycopg2 connection of this process wait like this. Harmless when repeated."""
    extensions.set_wait_callback(wait)


def wait(connection: Connection, limit: float | None = None) -> None:
    """Drive one statement, or one connecting, to its end. Raises ServerSilent."""
    ends_at = time.monotonic() + deadlines.remaining(STATEMENT_LIMIT if limit is None else limit)
    while (state := connection.poll()) != extensions.POLL_OK:
        # poll and not select: select cannot watch a descriptor above 1023; looked up now, since gevent replaces it
        poller = select.poll()
        poller.register(connection.fileno(), _READY_FOR[state])
        left = ends_at - time.monotonic()
        if left <= 0 or not poller.poll(left * 1000):
            raise ServerSilent("PostgreSQL did not answer in time.")
