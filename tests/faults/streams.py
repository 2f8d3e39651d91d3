"""Both databases of a shop, read a portion at a time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

Row = dict[str, Any]
AT_ONCE = 1000  # references asked for, and rows of PostgreSQL's that are fetched together


@dataclass
class Streams:
    """Whoever reads them in a way of its own."""

    mongo_uri: str
    postgres_dsn: str
    rows: int = 0  # that were read so far

    def _counted(self, rows: Iterable[Any]) -> Iterator[Any]:
        for each in rows:
            self.rows += 1
            yield each

    @contextmanager
    def _database(self) -> Iterator[Database[Row]]:
        with MongoClient[Row](self.mongo_uri, tz_aware=True, serverSelectionTimeoutMS=5000) as client:
            yield client.get_default_database(read_concern=ReadConcern("majority"))

    def _select(self, statement: str, *values: Any) -> Iterator[Any]:
        """Rows as of one moment, a portion at a time."""
        connection = psycopg2.connect(self.postgres_dsn, connect_timeout=5)
        try:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection.cursor() as cursor:  # who merges streams may be slow to ask for more
                cursor.execute("SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0")
            with connection.cursor("audit") as cursor:
                cursor.itersize = AT_ONCE
                cursor.execute(statement, values)
                yield from cursor
        finally:
            connection.close()


def portions(everything: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(everything), AT_ONCE):
        yield everything[first : first + AT_ONCE]
