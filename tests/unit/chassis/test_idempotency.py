"""Idempotency keys: which are accepted, who makes one, and which bodies are the same."""

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from chassis.idempotency import HEADER, request_hash
from chassis.service import Service
from tests.unit.chassis.conftest import NewToy

SECRET = "a secret of the tests"
BEAR = {"toy_name": "Bear", "price": 8.5}


def keep(client: FlaskClient, key: str | None) -> TestResponse:
    return client.post("/kept", json=BEAR, headers={} if key is None else {HEADER: key})


@pytest.mark.parametrize("key", ["k", "!", "~", "a" * 255, "8e03978e-40d5-43e8-bc93-6894a57f9324", "payment:x/../\"'"])
def test_a_visible_key_is_accepted_and_answered(client: FlaskClient, key: str) -> None:
    response = keep(client, key)
    assert response.status_code == 201
    assert response.headers[HEADER] == key
    assert response.json
    assert response.json["_id"] == key


@pytest.mark.parametrize("key", ["", " ", "a b", "a\tb", "a" * 256, "schl\u00fcssel"])
def test_any_other_key_is_refused(client: FlaskClient, key: str) -> None:
    response = keep(client, key)
    assert response.status_code == 400
    assert HEADER not in response.headers
    assert response.json
    assert response.json["code"] == "malformed"
    assert HEADER in response.json["error"]


def test_without_a_key_one_is_made_and_answered(client: FlaskClient) -> None:
    first, second = keep(client, None), keep(client, None)
    assert first.status_code == second.status_code == 201
    assert first.json and second.json
    assert first.headers[HEADER] == first.json["_id"] != second.json["_id"]


def test_a_route_without_keys_answers_none(client: FlaskClient) -> None:
    response = client.post("/toys", json=BEAR, headers={HEADER: "k"})
    assert response.status_code == 201
    assert HEADER not in response.headers


def test_the_header_is_in_the_document(service: Service) -> None:
    (parameter,) = service.api_doc["paths"]["/kept"]["post"]["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == (HEADER, "header", False)


def test_the_same_body_has_the_same_hash_whatever_the_order_of_its_names() -> None:
    one = NewToy.model_validate({"toy_name": "Bear", "price": 850})
    other = NewToy.model_validate({"price": 850, "toy_name": "Bear"})
    assert request_hash(SECRET, one) == request_hash(SECRET, other)


def test_another_secret_gives_another_hash() -> None:
    body = NewToy(toy_name="Bear", price=850)
    assert request_hash(SECRET, body) != request_hash(SECRET + "!", body)


TOYS = st.builds(
    lambda name, price: NewToy.model_validate({"toy_name": name, "price": price}),
    st.text("ab\u00eb", min_size=1, max_size=3),
    st.integers(1, 3),
)


@given(TOYS, TOYS)
def test_a_hash_changes_with_every_field_and_with_nothing_else(one: NewToy, other: NewToy) -> None:
    assert (request_hash(SECRET, one) == request_hash(SECRET, other)) == (one == other)


def test_a_hash_tells_nothing_of_the_body() -> None:
    assert "Bear" not in request_hash(SECRET, NewToy(toy_name="Bear", price=850))
    assert len(request_hash(SECRET, NewToy(toy_name="Bear", price=850))) == 64
