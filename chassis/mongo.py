"""MongoDB for a service: the client with its time-outs, what counts as an outage, and one page of a list."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pymongo
from pymongo import DESCENDING, MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from chassis import deadlines
from chassis.errors import Malformed, Unavailable

Document = dict[str, Any]
DURABLE = WriteConcern(w="majority", j=True)
MAJORITY = ReadConcern("majority")
LONGEST = 3.0  # seconds for one request's work: the server ends a transaction that is older
DUPLICATE_KEY = 11000  # an error's code
# What a replica set says while it changes its primary, and the driver's own tries have not outlasted: labels, and codes
# (https://github.com/mongodb/specifications, retryable writes): the driver has no exception of its own for a write that
# waits for its majority.
_PASSING = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")
_CODES = frozenset({6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})
NEWEST_FIRST = [("created_at", DESCENDING), ("_id", DESCENDING)]


def connect(uri: str) -> Database[Document]:
    """The database that the URI names. Nothing is sent yet; a server that is away is found when it comes back."""
    client: MongoClient[Document] = MongoClient(
        uri,
        connect=False,  # nor by a thread of its own, until somebody asks for something
        tz_aware=True,
        connectTimeoutMS=500,
        serverSelectionTimeoutMS=2000,
        socketTimeoutMS=4000,
        waitQueueTimeoutMS=2000,
        timeoutMS=round(LONGEST * 1000),  # the whole of an operation, its retries included
        maxPoolSize=32,
    )
    return client.get_default_database().with_options(write_concern=DURABLE, read_concern=MAJORITY)


def is_outage(error: BaseException) -> bool:
    """Whether the server is away or too slow, and no bug of ours."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError):
        return True
    if isinstance(error, OperationFailure) and _CODES.intersection(_codes(error)):
        return True
    return isinstance(error, PyMongoError) and (error.timeout or any(map(error.has_error_label, _PASSING)))


def _codes(error: OperationFailure) -> list[int | None]:
    """What the server says was wrong. Of a list of writes: with their concern, unless one was wrong by itself."""
    details = error.details or {}
    if isinstance(error, BulkWriteError) and not details.get("writeErrors"):
        return [each.get("code") for each in details.get("writeConcernErrors", ())]
    return [error.code]


def in_time(*, keep_back: float = 0.0) -> AbstractContextManager[Any]:
    """Bound what MongoDB is asked inside by the deadline in force. Raises Unavailable when that is over."""
    seconds = deadlines.remaining(LONGEST) - keep_back
    if seconds <= 0:  # zero would mean "no limit" to pymongo
        raise Unavailable
    return pymongo.timeout(seconds)


def newest_first(collection: Collection[Document], *, where: Document, limit: int, after: str | None) -> list[Document]:
    """At most `limit` documents whose fields equal `where`, newest first, older than the one with `_id` `after`.

    Raises Malformed when `after` names none of them.
    """
    if after is not None:
        anchor = collection.find_one({"_id": after}, ["created_at", *where])
        if anchor is None or any(anchor.get(name) != value for name, value in where.items()):
            raise Malformed("after: must be the _id of an entry of this list.")
        at = anchor["created_at"]
        older = {"$or": [{"created_at": {"$lt": at}}, {"created_at": at, "_id": {"$lt": after}}]}
        where = {**where, "created_at": {"$lte": at}, **older}
    return list(collection.find(where).sort(NEWEST_FIRST).limit(limit))


def ping(database: Database[Document]) -> Callable[[], object]:
    """A question to the server that raises when it is down, within the deadline in force."""

    def ask() -> object:
        with pymongo.timeout(deadlines.remaining(1.0)):
            return database.command("ping")

    return ask
