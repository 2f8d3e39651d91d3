"""Deciding in MongoDB: one transaction at a time in this process, and none longer than the caller waits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from chassis import deadlines
from chassis.errors import Unavailable
from chassis.mongo import DURABLE, LONGEST, Document, in_time

ABORT = 0.2  # seconds kept back to end a transaction that failed; unended, its locks would stand for all of LONGEST
_SNAPSHOT = ReadConcern("snapshot")
Outcome = TypeVar("Outcome")


class Decider:
    """Runs decisions one by one: on one hot product, several at once only make each other start again."""

    def __init__(self, client: MongoClient[Document]) -> None:
        self._client = client
        self._turn = threading.Lock()

    def run(self, decision: Callable[[ClientSession], Outcome]) -> Outcome:
        """The outcome of `decision`, committed. It runs again, after a pause of random length, when another replica
        was faster. Raises Unavailable when the caller's time is over."""

        def bounded_decision(session: ClientSession) -> Outcome:
            with in_time(keep_back=ABORT):
                return decision(session)

        with deadlines.deadline(LONGEST), self._next_turn(), in_time(), self._client.start_session() as session:
            return session.with_transaction(bounded_decision, read_concern=_SNAPSHOT, write_concern=DURABLE)

    @contextmanager
    def _next_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=max(0, deadlines.remaining())):
            raise Unavailable
        try:
            yield
        finally:
            self._turn.release()


def read_at_once(database: Database[Document], session: ClientSession, **wanted: Document) -> Document:
    """What is wanted of each collection, and under `now` the database's own clock, in a single round trip."""
    lookups = [
        {"$lookup": {"from": collection, "as": collection, "pipeline": [{"$match": where}]}}
        for collection, where in wanted.items()
    ]
    [found] = database.aggregate([{"$documents": [{"now": "$$NOW"}]}, *lookups], session=session)
    return found
