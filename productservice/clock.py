"""The database's own time, which several replicas share: asked for once a second, and reckoned on from there."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from pymongo.database import Database

from chassis.mongo import Document, in_time

FRESH = 1.0  # seconds; after a failover another server's clock counts, and a lease is thirty of them


class DatabaseClock:
    def __init__(self, database: Database[Document], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._known: tuple[datetime, float] | None = None  # the database's time, and our own at that moment

    def now(self) -> datetime:
        """The database's time, a millisecond more or less."""
        known = self._known
        if known is None or self._monotonic() - known[1] > FRESH:
            with in_time():
                told = self._database.command("hello", codec_options=self._database.codec_options)
                known = self._known = (told["localTime"], self._monotonic())
        return known[0] + timedelta(seconds=self._monotonic() - known[1])
