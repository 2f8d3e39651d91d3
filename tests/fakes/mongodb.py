"""A MongoDB in memory, for what needs no transaction."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

import mongomock
from mongomock.collection import BulkOperationBuilder
from pymongo.database import Database

_add_update: Callable[..., None] = BulkOperationBuilder.add_update


def ticking() -> Callable[[], datetime]:
    """A clock that is never read twice at the same moment, so that the newest is always one."""
    seconds = count()
    return lambda: datetime(2023, 7, 5, 12, tzinfo=UTC) + timedelta(seconds=next(seconds))


def fake_database() -> Database[dict[str, Any]]:
    """An empty database that answers as a real one would, as far as the contract suites ask."""
    BulkOperationBuilder.add_update = _add_unsorted_update  # type: ignore[method-assign, assignment]
    return cast(Database[dict[str, Any]], mongomock.MongoClient(tz_aware=True)["shop"])


def _add_unsorted_update(builder: Any, *arguments: Any, sort: None = None, **options: Any) -> None:
    """pymongo hands over a `sort`, of which mongomock has never heard."""
    assert sort is None
    _add_update(builder, *arguments, **options)
