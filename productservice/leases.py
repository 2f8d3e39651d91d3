"""Leasing: what nobody settled in time is handed to one caller at a time, and for longer every time."""

from datetime import datetime, timedelta

import structlog
from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from chassis.mongo import Document, in_time
from productservice.decisions import Claimed
from productservice.documents import reservation_of

UNSETTLED: Document = {"state": "reserved"}
INDEX = [("state", ASCENDING), ("next_attempt_at", ASCENDING)]
LONGEST_MS = 600_000  # what could not be settled, however often, is tried again after ten minutes
MILLISECOND = timedelta(milliseconds=1)
log = structlog.get_logger()


class Leases:
    """Leases unsettled reservations, the first time after `recovery_after_seconds`."""

    def __init__(self, *, recovery_after_seconds: float) -> None:
        self._wait = timedelta(seconds=recovery_after_seconds)

    def first(self, now: datetime) -> Document:
        """What a new reservation holds of this."""
        return {"attempts": 0, "next_attempt_at": now + self._wait}

    def claim(self, reservations: Collection[Document], limit: int) -> list[Claimed]:
        """At most `limit` of those that are due, each leased to this caller for a while."""
        claimed: list[Claimed] = []
        try:
            with in_time():
                while len(claimed) < limit and (document := self._claim_one(reservations)):
                    claimed.append(Claimed(reservation=reservation_of(document), attempts=document["attempts"]))
        except PyMongoError as error:
            if not claimed:
                raise
            log.warning("claim cut short", error=type(error).__name__)  # what is leased must reach the caller
        return claimed

    def _claim_one(self, reservations: Collection[Document]) -> Document | None:
        is_due = {"$lte": ["$next_attempt_at", "$$NOW"]}
        lease = {"$min": [{"$multiply": [self._wait // MILLISECOND, {"$pow": [2, "$attempts"]}]}, LONGEST_MS]}
        leased = {"attempts": {"$add": ["$attempts", 1]}, "next_attempt_at": {"$add": ["$$NOW", lease]}}
        return reservations.find_one_and_update(
            {**UNSETTLED, "$expr": is_due},
            [{"$set": leased}],
            sort=INDEX,
            return_document=ReturnDocument.AFTER,
        )
