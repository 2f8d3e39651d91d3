"""The database's clock: its time and not ours, and not asked for at every turn."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from productservice.clock import FRESH, DatabaseClock


class Watch:
    """Our own time, as a test sets it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Asked:
    """A database whose clock stands at noon, and which counts how often it was asked."""

    times = 0

    codec_options = None

    def command(self, _: str, codec_options: None) -> dict[str, datetime]:
        self.times += 1
        return {"localTime": datetime(2023, 7, 5, 12, tzinfo=UTC)}


def test_it_tells_the_databases_time(mongo_database: Database[dict[str, Any]]) -> None:
    [told] = mongo_database.aggregate([{"$documents": [{"now": "$$NOW"}]}])
    assert abs(DatabaseClock(mongo_database).now() - told["now"]) < timedelta(seconds=1)


def test_it_reckons_on_and_asks_again_after_a_while() -> None:
    database, watch = Asked(), Watch()
    clock = DatabaseClock(database, monotonic=watch)  # type: ignore[arg-type]
    noon = clock.now()
    watch.now += FRESH / 2
    assert clock.now() == noon + timedelta(seconds=FRESH / 2)
    assert database.times == 1
    watch.now += FRESH
    assert clock.now() == noon
    assert database.times == 2
