"""MongoDB for a service: what is an outage, and where a page begins."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
    WTimeoutError,
)

from chassis import deadlines, mongo
from chassis.errors import Malformed
from tests.fakes.mongodb import fake_database

NOON = datetime(2023, 7, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "error",
    [
        AutoReconnect("x"),
        NetworkTimeout("x"),
        ServerSelectionTimeoutError("x"),
        WaitQueueTimeoutError("x"),
        ExecutionTimeout("x", 50),
        WTimeoutError("x", 64),
        OperationFailure("x", 251, {"errorLabels": ["TransientTransactionError"]}),
        OperationFailure("x", 11601, {"errorLabels": ["UnknownTransactionCommitResult"]}),
        BulkWriteError({"writeErrors": [], "errorLabels": ["RetryableWriteError"]}),
        OperationFailure("a new primary has no majority yet", 134),
        WriteConcernError("the primary steps down while a write waits", 189),
        BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 11602}]}),
        OperationFailure("one member does not reach another", 6),
    ],
)
def test_a_server_that_is_away_or_slow_is_an_outage(error: Exception) -> None:
    assert mongo.is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        DuplicateKeyError("x"),
        OperationFailure("x", 18),
        BulkWriteError({"writeErrors": []}),
        BulkWriteError({"writeErrors": [{"code": 121}], "writeConcernErrors": [{"code": 11602}]}),
        KeyError("x"),
        OSError("x"),
    ],
)
def test_a_mistake_of_ours_is_none(error: Exception) -> None:
    assert not mongo.is_outage(error)


def test_a_server_that_is_away_is_found_out_within_the_deadline() -> None:
    began = time.monotonic()
    database = mongo.connect("mongodb://127.0.0.1:1/eshop")
    with pytest.raises(ServerSelectionTimeoutError) as error, deadlines.deadline(0.1):
        mongo.ping(database)()
    database.client.close()
    assert mongo.is_outage(error.value)
    assert time.monotonic() - began < 1.5  # the driver looks twice a second


def test_writes_are_durable_and_reads_are_of_what_is() -> None:
    database = mongo.connect("mongodb://127.0.0.1:1/eshop")
    assert database.name == "eshop"
    assert database.write_concern.document == {"w": "majority", "j": True}
    assert database.read_concern.level == "majority"


def collection_of(*names: str) -> Any:
    collection = fake_database()["things"]
    collection.insert_many([{"_id": each, "created_at": NOON} for each in names])
    return collection


def test_pages_join_without_a_gap_even_within_one_instant() -> None:
    collection = collection_of("a", "b", "c", "d", "e")
    first = mongo.newest_first(collection, where={}, limit=2, after=None)
    second = mongo.newest_first(collection, where={}, limit=2, after=first[-1]["_id"])
    third = mongo.newest_first(collection, where={}, limit=2, after=second[-1]["_id"])
    assert [each["_id"] for each in first + second + third] == ["e", "d", "c", "b", "a"]


def test_a_page_after_nothing_known_is_malformed() -> None:
    with pytest.raises(Malformed, match="after: "):
        mongo.newest_first(collection_of("a"), where={}, limit=2, after="z")
