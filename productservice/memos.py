"""Forgetting: a decision is kept for ever, what it remembers of the customer for thirty days."""

import time
from collections.abc import Callable

import structlog
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from chassis.errors import Unavailable
from chassis.mongo import Document, in_time

KEPT_MS = 30 * 24 * 60 * 60 * 1000
CHUNK = 1000  # memos forgotten at once: some 20 ms of the caller's time
REST = 3600.0  # seconds until it is looked again, once nothing was left to forget
INDEX = [("created_at", ASCENDING)]
INDEXED = {"memo": {"$exists": True}}
log = structlog.get_logger()


class MemoPurge:
    """Forgets a chunk of memos whenever it is called, and rests for an hour when there are no more."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, kept_ms: int = KEPT_MS) -> None:
        self._clock = clock
        self._kept_ms = kept_ms
        self._due = clock()

    def run(self, reservations: Collection[Document]) -> None:
        """Forget what is old enough; a failure waits for the next call, since the caller's own work matters more."""
        if self._clock() < self._due:
            return
        try:
            if self._forget_chunk(reservations) < CHUNK:
                self._due = self._clock() + REST
        except (PyMongoError, Unavailable) as error:
            log.warning("memos not forgotten", error=type(error).__name__)

    def _forget_chunk(self, reservations: Collection[Document]) -> int:
        is_old = {"$lt": ["$created_at", {"$subtract": ["$$NOW", self._kept_ms]}]}
        old = {**INDEXED, "state": {"$ne": "reserved"}, "$expr": is_old}
        with in_time():
            references = [each["_id"] for each in reservations.find(old, {"_id": True}).sort(INDEX).limit(CHUNK)]
            reservations.update_many({"_id": {"$in": references}}, {"$unset": {"memo": True}})
        return len(references)
