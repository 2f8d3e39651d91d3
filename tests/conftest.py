"""Real databases for the tests that need them: each test gets an empty one."""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from pymongo.database import Database

from chassis import mongo


@pytest.fixture
def mongo_database() -> Iterator[Database[dict[str, Any]]]:
    name = f"test_{uuid.uuid4().hex}"
    database = mongo.connect(os.environ["TEST_MONGO_URI"].replace("/eshop", f"/{name}"))
    yield database
    database.client.drop_database(name)
    database.client.close()
