"""Applies the schema, as the owner of the database: `python -m walletservice.schema`. Run it before each start."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg2
from psycopg2 import extensions, sql
from psycopg2.extensions import connection as Connection

from chassis import deadlines
from chassis.settings import SettingsError
from walletservice import waiting
from walletservice.pool import KEEPALIVES
from walletservice.settings import SchemaSettings

SCHEMA = Path(__file__).with_name("schema.sql")
ONE_AT_A_TIME = 0x77616C6C6574  # any number, the same in each replica that starts
PATIENCE_SECONDS = 60.0  # for a server that starts at the same time, and then gets its roles and its database
PAUSE_SECONDS = 0.5
CONNECT_LIMIT = 5.0  # seconds
# The server's own limits, for one statement and for what others hold; the lock's is the shorter, so that it is named.
OPTIONS = "-c statement_timeout=30s -c lock_timeout=20s"
ANSWER_LIMIT = 35.0  # seconds; a frozen server knows no limit, and the system goes on to acknowledge in its name


def main() -> None:
    settings = SchemaSettings.read()
    dsn = settings.postgres_owner_dsn.get_secret_value()
    check(dsn)
    extensions.set_wait_callback(lambda connection: waiting.wait(connection, ANSWER_LIMIT))
    keep_trying(lambda: apply(dsn, settings.postgres_app_role))


def check(dsn: str) -> None:
    """Refuse what is no address; PostgreSQL's own words about it would repeat the password, or a piece of it."""
    try:
        parts = extensions.parse_dsn(dsn)
    except psycopg2.ProgrammingError:
        parts = {}
    # A password with a character that means something in an address ends up in the host or in the port.
    if "@" in parts.get("host", "@") or not parts.get("port", "5432").isdecimal():
        raise SettingsError(
            "Cannot start, set these variables:\n"
            "  POSTGRES_OWNER_DSN: not of the form postgresql://role:password@host:5432/database"
        )


def keep_trying(
    action: Callable[[], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Try until PostgreSQL is there. A password that is refused may be set in a moment, so it is no other case."""
    ends_at, said = clock() + PATIENCE_SECONDS, ""
    while True:
        try:
            return action()
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:  # the latter: the connection is closed
            why = str(error).partition("\n")[0]
        if clock() >= ends_at:
            raise SystemExit(f"error: PostgreSQL did not take the schema within {PATIENCE_SECONDS:g} s: {why}")
        if why != said:
            print(f"waiting for PostgreSQL: {why}", file=sys.stderr, flush=True)
            said = why
        sleep(PAUSE_SECONDS)


def apply(dsn: str, app_role: str) -> None:
    """Create what is missing and grant `app_role` what it needs, in one transaction. Harmless when repeated."""
    connection = _connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
            names = {"database": connection.info.dbname, "app_role": app_role}
            identifiers = {name: sql.Identifier(value) for name, value in names.items()}
            cursor.execute(sql.SQL(SCHEMA.read_text("utf-8")).format(**identifiers))
        connection.commit()
    finally:
        connection.close()  # the server rolls back; a rollback asked for on a dead connection would hide what killed it


def _connect(dsn: str) -> Connection:
    parts = extensions.parse_dsn(dsn)
    options = f"{parts.get('options', '')} {OPTIONS}"
    own = {"application_name": "walletservice.schema", "options": options}
    with deadlines.deadline(CONNECT_LIMIT):
        connection: Connection = psycopg2.connect(**{**KEEPALIVES, **parts, **own})
    return connection


if __name__ == "__main__":
    main()
