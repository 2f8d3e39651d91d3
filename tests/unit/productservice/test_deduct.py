"""POST /products/deduct: pieces leave the shelf once a key."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes.productservice import FakeStore

Add = Callable[..., TestResponse]
KEY = {"Idempotency-Key": "key-1"}


def take(client: FlaskClient, name: str = "Mobile", quantity: object = 10, **headers: str) -> TestResponse:
    return client.post("/products/deduct", json={"product_name": name, "quantity": quantity}, headers=headers)


def left(client: FlaskClient) -> Any:
    return (client.get("/products/Mobile").json or {})["quantity"]


def test_pieces_are_taken(client: FlaskClient, add: Add) -> None:
    product = add().json
    response = take(client)
    assert response.status_code == 200
    assert product
    assert response.json == {"_id": product["_id"], "product_name": "Mobile", "price": 850.9, "quantity": 90}
    assert response.headers["Idempotency-Key"]
    assert left(client) == 90


def test_a_key_takes_pieces_once(client: FlaskClient, add: Add, store: FakeStore) -> None:
    add()
    first = take(client, **KEY)
    add(quantity=5, price=1)
    again = take(client, **KEY)
    assert again.status_code == 200
    assert again.data == first.data
    assert list(store.reservations) == ["products.deduct:key-1"]
    assert left(client) == 95


def test_a_key_is_for_one_body(client: FlaskClient, add: Add) -> None:
    add()
    take(client, **KEY)
    response = take(client, quantity=11, **KEY)
    assert response.status_code == 422
    assert response.json
    assert response.json["code"] == "idempotency_key_reused"
    assert left(client) == 90


def test_one_key_serves_both_routes(client: FlaskClient, add: Add) -> None:
    assert add(**KEY).status_code == 201
    assert take(client, **KEY).status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "code"), [("Mobile", 409, "out_of_stock"), ("Laptop", 404, "product_not_found")]
)
def test_a_refusal_is_the_answer_ever_after(client: FlaskClient, add: Add, name: str, status: int, code: str) -> None:
    add(quantity=9)
    for _ in range(2):
        response = take(client, name, **KEY)
        assert response.status_code == status
        assert response.mimetype == "application/problem+json"
        assert response.json
        assert response.json["code"] == code
        add(name)
    assert left(client) == (9 if name == "Laptop" else 209)


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, True, "1", 1.5, None])
def test_a_quantity_is_a_whole_positive_number(client: FlaskClient, add: Add, quantity: object) -> None:
    add()
    assert take(client, quantity=quantity).status_code == 400
    assert left(client) == 100


def test_a_price_has_no_place_in_it(client: FlaskClient, add: Add) -> None:
    add()
    response = client.post("/products/deduct", json={"product_name": "Mobile", "quantity": 1, "price": 1})
    assert response.status_code == 400
    assert left(client) == 100
