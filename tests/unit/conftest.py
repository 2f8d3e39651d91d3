"""What every service's unit tests share."""

from collections.abc import Iterator

import pytest
from pymongo.database import Database

from chassis import mongo
from chassis.mongo import Document, connect


@pytest.fixture(autouse=True)
def close_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the MongoDB clients that `create_app` makes; most of them never connect."""
    made: list[Database[Document]] = []

    def remembered(uri: str) -> Database[Document]:
        made.append(connect(uri))
        return made[-1]

    monkeypatch.setattr(mongo, "connect", remembered)
    yield
    for database in made:
        database.client.close()
