"""Products over HTTP: brought in, listed, looked up, priced."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis.service import Service
from tests.fakes.productservice import FakeStore

Add = Callable[..., TestResponse]
KEY = {"Idempotency-Key": "key-1"}


def test_a_new_product_is_created(client: FlaskClient, add: Add) -> None:
    response = add()
    assert response.status_code == 201
    assert response.json
    assert response.json == {
        "_id": response.json["_id"],
        "product_name": "Mobile",
        "price": 850.9,
        "quantity": 100,
        "message": "Product created successfully",
    }
    assert response.headers["Idempotency-Key"]
    assert client.get("/products/Mobile").json == {
        name: value for name, value in response.json.items() if name != "message"
    }


def test_a_known_product_gets_more_pieces_and_the_new_price(add: Add) -> None:
    first = add()
    response = add(quantity=5, price=900)
    assert response.status_code == 200
    assert first.json
    assert response.json == {**first.json, "quantity": 105, "price": 900, "message": "Product updated successfully"}


def test_a_key_brings_pieces_in_once(client: FlaskClient, add: Add, store: FakeStore) -> None:
    first = add(**KEY)
    add(quantity=5, price=900)
    again = add(**KEY)
    assert first.status_code == again.status_code == 201
    assert again.data == first.data
    assert again.headers["Idempotency-Key"] == "key-1"
    assert "products.add:key-1" in store.additions
    assert _product(client)["quantity"] == 105


def test_the_key_that_was_made_can_be_used_again(client: FlaskClient, add: Add) -> None:
    key = add().headers["Idempotency-Key"]
    assert add(**{"Idempotency-Key": key}).status_code == 201
    assert _product(client)["quantity"] == 100


def test_a_key_is_for_one_body(client: FlaskClient, add: Add) -> None:
    add(**KEY)
    response = add(quantity=5, **KEY)
    assert response.status_code == 422
    assert response.json
    assert response.json["code"] == "idempotency_key_reused"
    assert _product(client)["quantity"] == 100


def test_a_key_must_be_visible_ascii(client: FlaskClient, add: Add) -> None:
    response = add(**{"Idempotency-Key": "a b"})
    assert response.status_code == 400
    assert client.get("/products").json == []


def test_a_stock_beyond_the_limit_is_refused(client: FlaskClient, add: Add, store: FakeStore) -> None:
    add()
    store.products["Mobile"] = store.products["Mobile"].with_quantity(10**9 - 4)
    for _ in range(2):
        response = add(quantity=5, price=1, **KEY)
        assert response.status_code == 409
        assert response.json
        assert response.json["code"] == "stock_limit"
    assert _product(client) | {"_id": ""} == {
        "_id": "",
        "product_name": "Mobile",
        "price": 850.9,
        "quantity": 10**9 - 4,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("product_name", ""),
        ("product_name", "x" * 101),
        ("product_name", "a\u202eb"),
        ("product_name", None),
        ("product_name", {"$gt": ""}),
        ("quantity", 0),
        ("quantity", -1),
        ("quantity", 1_000_001),
        ("quantity", True),
        ("quantity", "5"),
        ("quantity", 1.5),
        ("price", 0),
        ("price", -1),
        ("price", 1_000_000.01),
        ("price", 0.001),
        ("price", "5"),
        ("price", True),
        ("colour", "red"),
    ],
)
def test_what_is_out_of_bounds_is_malformed(client: FlaskClient, field: str, value: object) -> None:
    body = {"product_name": "Mobile", "quantity": 1, "price": 1, field: value}
    response = client.post("/products", json=body)
    assert response.status_code == 400
    assert response.json
    assert response.json["field"] == field
    assert client.get("/products").json == []


@pytest.mark.parametrize(("quantity", "price"), [(1, 0.01), (1_000_000, 1_000_000)])
def test_what_is_just_in_bounds_is_taken(client: FlaskClient, quantity: int, price: float) -> None:
    response = client.post("/products", json={"product_name": "x" * 100, "quantity": quantity, "price": price})
    assert response.status_code == 201
    assert response.json
    assert (response.json["quantity"], response.json["price"]) == (quantity, price)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/products"), ("POST", "/products/deduct"), ("PATCH", "/products/x")]
)
def test_bodies_are_json_of_bounded_size(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(path, method=method, data="{}", content_type="text/plain").status_code == 415
    assert client.open(path, method=method, data=b" " * 16385, content_type="application/json").status_code == 413
    assert client.open(path, method=method, data=b"{", content_type="application/json").status_code == 400


def test_a_list_is_newest_first_and_pages(client: FlaskClient, add: Add) -> None:
    assert client.get("/products").json == []
    for name in ("Laptop", "Desktop", "Mobile"):
        add(name)
    response = client.get("/products?limit=2")
    assert response.status_code == 200
    assert [each["product_name"] for each in response.json or []] == ["Mobile", "Desktop"]
    assert all(set(each) == {"_id", "product_name", "price", "quantity"} for each in response.json or [])
    link = response.headers["Link"]
    assert link.endswith('>; rel="next"')
    rest = client.get(link[1 : link.index(">")])
    assert [each["product_name"] for each in rest.json or []] == ["Laptop"]
    assert "Link" not in rest.headers


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=nothing"])
def test_a_page_that_makes_no_sense_is_malformed(client: FlaskClient, query: str) -> None:
    response = client.get(f"/products?{query}")
    assert response.status_code == 400


@pytest.mark.parametrize(
    "name", ["a/b", "/a", "a//b", "a/", "deduct", "$where", "a b?c#d%2F", "\u00fc\N{TEDDY BEAR}", "."]
)
def test_a_product_of_any_name_is_found_and_priced(client: FlaskClient, add: Add, name: str) -> None:
    assert add(name).status_code == 201
    path = f"/products/{quote(name, safe='')}"
    response = client.get(path)
    assert response.status_code == 200
    assert response.json
    assert response.json["product_name"] == name
    assert client.patch(path, json={"price": 1}).status_code == 200


def test_a_name_is_the_same_however_its_accents_are_written(client: FlaskClient, add: Add) -> None:
    add("u\u0308ber")
    response = client.get("/products/" + quote("u\u0308ber"))
    assert response.status_code == 200
    assert response.json
    assert response.json["product_name"] == "\u00fcber"


def test_a_price_is_set_alone(client: FlaskClient, add: Add) -> None:
    add()
    response = client.patch("/products/Mobile", json={"price": 799.99})
    assert response.status_code == 200
    assert response.json == _product(client)
    assert (response.json["price"], response.json["quantity"]) == (799.99, 100)


@pytest.mark.parametrize("body", [{}, {"price": 0}, {"price": 1_000_001}, {"price": 1, "quantity": 1}])
def test_a_price_change_is_a_price(client: FlaskClient, add: Add, body: dict[str, Any]) -> None:
    add()
    response = client.patch("/products/Mobile", json=body)
    assert response.status_code == 400
    assert _product(client)["price"] == 850.9


def test_an_unknown_product_is_not_found(client: FlaskClient) -> None:
    for response in (client.get("/products/Mobile"), client.patch("/products/Mobile", json={"price": 1})):
        assert response.status_code == 404
        assert response.json
        assert response.json["code"] == "product_not_found"


def test_a_name_that_no_product_can_have_is_malformed(client: FlaskClient) -> None:
    assert client.get("/products/" + "x" * 101).status_code == 400
    assert client.get("/products/a%00b").status_code == 400


def test_the_document_names_every_route_and_the_key(service: Service) -> None:
    paths = service.api_doc["paths"]
    assert {path: set(paths[path]) for path in paths if path.startswith("/products")} == {
        "/products": {"get", "post"},
        "/products/deduct": {"post"},
        "/products/{product_name}": {"get", "patch"},
    }
    assert set(paths["/products"]["post"]["responses"]) == {"200", "201", "400", "409", "413", "415", "422", "503"}
    assert set(paths["/products/deduct"]["post"]["responses"]) == {
        "200",
        "400",
        "404",
        "409",
        "413",
        "415",
        "422",
        "503",
    }
    for path in ("/products", "/products/deduct"):
        assert [each["name"] for each in paths[path]["post"]["parameters"]] == ["Idempotency-Key"]
    assert not [path for path in paths if path.startswith("/internal")]


def _product(client: FlaskClient) -> dict[str, Any]:
    response = client.get("/products/Mobile")
    assert response.status_code == 200
    return dict(response.json or {})
