"""productservice from outside."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.blackbox.shop import KEY, Shop, assert_refused, assert_turned_away, of, some_name

MAX_STOCK = 10**9


def without_message(body: dict[str, Any]) -> dict[str, Any]:
    assert body["message"]
    return {name: value for name, value in body.items() if name != "message"}


def test_a_product_is_created_and_can_be_got(shop: Shop) -> None:
    name = some_name("Mobile")
    created = shop.stock(name, price=850.9, quantity=100)
    assert created.status_code == 201
    assert created.headers[KEY]
    product = without_message(created.json())
    assert product == {"_id": product["_id"], "product_name": name, "price": 850.9, "quantity": 100}
    assert '"price":850.9,' in created.text
    got = shop.get("products", f"/products/{name}")
    assert got.status_code == 200
    assert got.json() == product
    assert shop.get("products", "/products", limit=1000).json().count(product) == 1


def test_a_product_that_exists_gets_the_quantity_added_and_the_price_set(shop: Shop) -> None:
    name = some_name("Mobile")
    first = shop.stock(name, price=850.9, quantity=100).json()
    again = shop.stock(name, price=799, quantity=5)
    assert again.status_code == 200
    assert without_message(again.json()) == {**without_message(first), "price": 799, "quantity": 105}
    assert shop.get("products", f"/products/{name}").json() == without_message(again.json())


def test_the_price_alone_is_set(shop: Shop) -> None:
    product = shop.product(price=10, quantity=7)
    response = shop.set_price(product, 12.5)
    assert response.status_code == 200
    assert (response.json()["price"], response.json()["quantity"]) == (12.5, 7)
    assert shop.get("products", f"/products/{product}").json() == response.json()


@pytest.mark.parametrize("body", [{}, {"price": 0}, {"quantity": 1}, {"price": 1, "quantity": 1}, {"price": "1"}, []])
def test_nothing_but_a_price_is_set(shop: Shop, body: object) -> None:
    product = shop.product()
    assert_refused(shop.patch("products", f"/products/{product}", body), 400, "malformed")


def test_pieces_are_deducted_down_to_the_last(shop: Shop) -> None:
    product = shop.product(quantity=10)
    response = shop.take(product, 4)
    assert response.status_code == 200
    assert response.headers[KEY]
    assert response.json()["quantity"] == 6
    assert_refused(shop.take(product, 7), 409, "out_of_stock")
    assert shop.take(product, 6).json()["quantity"] == 0
    assert_refused(shop.take(product, 1), 409, "out_of_stock")
    assert shop.stock_of(product) == 0


def test_an_unknown_product_is_404(shop: Shop) -> None:
    name = some_name("Nothing")
    assert_refused(shop.get("products", f"/products/{name}"), 404, "product_not_found")
    assert_refused(shop.set_price(name, 1), 404, "product_not_found")
    assert_refused(shop.take(name, 1), 404, "product_not_found")


@pytest.mark.parametrize(
    "odd",
    [
        "a/b",
        "a b",
        "a?b",
        "a#b",
        "a%2Fb",
        "/a",
        "a//b",
        "a;b=c",
        "\u00fc\N{TEDDY BEAR}",
        "deduct",
        "$ne",
        "a.b",
    ],
)
def test_a_product_can_be_reached_by_its_name_whatever_that_is(shop: Shop, odd: str) -> None:
    name = f"{odd} {some_name('x')}"
    assert shop.stock(name, price=10, quantity=1).status_code == 201
    response = shop.get("products", "/products/" + quote(name, safe=""))
    assert response.status_code == 200
    assert response.json()["product_name"] == name


def test_a_name_that_climbs_is_a_name_which_a_gate_takes_for_a_path(shop: Shop) -> None:
    name = f"../a {some_name('x')}"
    assert shop.stock(name, price=10, quantity=1).status_code == 201
    response = shop.get("products", "/products/" + quote(name, safe=""))
    if shop.is_behind_a_gate:
        assert_turned_away(response)
    else:
        assert response.status_code == 200
        assert response.json()["product_name"] == name


def test_a_name_is_one_name_in_either_of_its_spellings(shop: Shop) -> None:
    composed, decomposed = "Caf\u00e9", "Cafe\u0301"
    suffix = some_name("")
    assert shop.stock(composed + suffix, price=1, quantity=1).status_code == 201
    assert shop.stock(decomposed + suffix, price=1, quantity=1).status_code == 200
    assert shop.stock_of(decomposed + suffix) == 2


def test_a_stock_has_a_limit_and_what_exceeds_it_is_not_added(shop: Shop) -> None:
    product = shop.product(quantity=1_000_000)
    for _ in range(MAX_STOCK // 1_000_000 - 1):
        assert shop.stock(product, price=1, quantity=1_000_000).status_code == 200
    assert shop.stock_of(product) == MAX_STOCK
    assert_refused(shop.stock(product, price=2, quantity=1), 409, "stock_limit")
    unchanged = of(shop.get("products", f"/products/{product}"))
    assert (unchanged["quantity"], unchanged["price"]) == (MAX_STOCK, 1)
