"""userservice stops when its caller has stopped waiting."""

import time

import pytest
from pymongo.errors import PyMongoError

from chassis import deadlines, mongo
from chassis.errors import Unavailable
from userservice.repository import MongoUsers


def test_a_store_that_is_away_is_waited_for_no_longer_than_the_caller_waits() -> None:
    database = mongo.connect("mongodb://127.0.0.1:1/eshop")
    began = time.monotonic()
    with deadlines.deadline(0.2), pytest.raises(PyMongoError):
        MongoUsers(database).get("a")
    assert time.monotonic() - began < 1.5  # without the caller's word it would be two seconds and more
    database.client.close()


def test_a_store_is_not_asked_when_the_caller_has_gone() -> None:
    database = mongo.connect("mongodb://127.0.0.1:1/eshop")
    with deadlines.deadline(0), pytest.raises(Unavailable):
        MongoUsers(database).get("a")
    database.client.close()
