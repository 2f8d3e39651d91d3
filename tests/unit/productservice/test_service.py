"""How productservice starts, measures itself, logs, and bears a store that is down."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient
from pymongo.errors import ServerSelectionTimeoutError
from werkzeug.test import TestResponse

from chassis import deadlines
from chassis.errors import Unavailable
from chassis.mongo import in_time
from chassis.settings import SettingsError
from productservice.app import create_app
from productservice.settings import Settings
from tests.documented import client_of
from tests.fakes.productservice import FakeProducts, FakeReservations, FakeStore

COMMAND = {"reference": "payment:1", "request_id": "of-the-customer", "request_hash": "a" * 64}
DEDUCT = {**COMMAND, "product_name": "Mobile", "quantity": 2, "price": 85090, "memo": {"card": "never told"}}


class StoreAway:
    """A store that answers nothing."""

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        def fail(*_: object, **__: object) -> NoReturn:
            raise ServerSelectionTimeoutError("mongodb://eshop:secret@10.0.0.1 does not answer")

        return fail


@pytest.fixture
def without_store(settings: Settings) -> FlaskClient:
    return client_of(create_app(settings, StoreAway(), StoreAway()))


def metric(client: FlaskClient, name: str) -> str:
    response = client.get("/metrics")
    assert response.status_code == 200
    found = re.search(rf"^{re.escape(name)} (.+)$", response.text, re.MULTILINE)
    assert found, name
    return found[1]


def test_unsettled_reservations_and_lists_are_measured(
    client: FlaskClient, add: Callable[..., TestResponse], inner: Callable[[str, Mapping[str, Any]], TestResponse]
) -> None:
    assert metric(client, "reservations_unsettled") == "0.0"
    add()
    commands = [{**DEDUCT, "reference": f"payment:{each}"} for each in range(3)]
    assert inner("/internal/reservations/deduct", {"commands": commands}).status_code == 200
    assert metric(client, "reservations_unsettled") == "3.0"
    assert metric(client, 'decision_batch_size_bucket{le="2.0"}') == "0.0"
    assert metric(client, 'decision_batch_size_bucket{le="4.0"}') == "1.0"


def test_a_decision_is_logged_for_its_customer_without_its_memo(
    client: FlaskClient,
    add: Callable[..., TestResponse],
    inner: Callable[[str, Mapping[str, Any]], TestResponse],
    capsys: pytest.CaptureFixture[str],
) -> None:
    add()
    inner("/internal/reservations/deduct", {"commands": [DEDUCT]})
    client.post("/products/deduct", json={"product_name": "x", "quantity": 1}, headers={"X-Request-ID": "another"})
    logged = capsys.readouterr().out
    assert re.search(r'"request_id":"of-the-customer".*"outcome":"reserved"', logged)
    assert re.search(r'"request_id":"another".*"outcome":"refused".*"code":"product_not_found"', logged)
    assert "never told" not in logged


def test_measures_are_told_while_the_store_is_down(without_store: FlaskClient) -> None:
    assert metric(without_store, "reservations_unsettled") == "NaN"


def test_measures_wait_a_second_for_the_store(settings: Settings) -> None:
    left = []

    class Slow(FakeReservations):
        def unsettled(self) -> int:
            left.append(deadlines.remaining())
            return 0

    metric(client_of(create_app(settings, FakeProducts(), Slow(FakeStore()))), "reservations_unsettled")
    assert 0 < max(left) <= 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/products", None),
        ("GET", "/products/Mobile", None),
        ("PATCH", "/products/Mobile", {"price": 1}),
        ("POST", "/products", {"product_name": "Mobile", "price": 1, "quantity": 1}),
        ("POST", "/products/deduct", {"product_name": "Mobile", "quantity": 1}),
    ],
)
def test_a_store_that_is_down_is_a_503_that_names_nothing(
    without_store: FlaskClient, method: str, path: str, body: object
) -> None:
    response = without_store.open(path, method=method, json=body)
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert ("Idempotency-Key" in response.headers) == (method == "POST")
    assert response.json
    assert response.json["code"] == "unavailable"
    assert "mongodb" not in response.text


def test_it_is_alive_but_not_ready_without_its_store(client: FlaskClient) -> None:
    assert client.get("/health").status_code == 200
    assert client.get("/health/ready").status_code == 503


def test_it_starts_without_its_store_and_asks_it_when_asked(settings: Settings) -> None:
    client = client_of(create_app(settings))
    assert client.get("/health").status_code == 200


def test_nothing_is_asked_of_the_store_when_the_time_is_over() -> None:
    for seconds in (0.0, -1.0):
        with deadlines.deadline(seconds), pytest.raises(Unavailable), in_time():
            pytest.fail("asked")
    with deadlines.deadline(0.1), pytest.raises(Unavailable), in_time(keep_back=0.2):
        pytest.fail("asked")


def test_a_variable_that_is_missing_or_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MONGO_URI", "REQUEST_HASH_KEY", "INTERNAL_TOKEN", "RECOVERY_AFTER_SECONDS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUEST_HASH_KEY", "short")
    monkeypatch.setenv("RECOVERY_AFTER_SECONDS", "0")
    with pytest.raises(SettingsError) as caught:
        Settings.read()
    for name in ("MONGO_URI", "REQUEST_HASH_KEY", "INTERNAL_TOKEN", "RECOVERY_AFTER_SECONDS"):
        assert name in str(caught.value)
    assert "short" not in str(caught.value)
