"""The walkthrough that everybody does first: its very lines, one after the other, in a shop that may not be empty."""

from decimal import Decimal
from typing import Any

from requests import Response

from tests.blackbox.shop import Shop, assert_refused, exact, of

JSON = {"Content-Type": "application/json"}
MICHAEL = '{"user_name":"Michael", "email":"michael@example.com", "card_number":"123-456-7890"}'
LAPTOP = '{"product_name":"Laptop", "price":890, "quantity":100}'
DESKTOP = '{"product_name":"Desktop", "price":1200, "quantity":100}'
MOBILE = '{"product_name":"Mobile", "price":850.9, "quantity":100}'
MONEY = '{"user_name":"Michael", "card_number":"123-456-7890", "amount":120000}'
WISH = (
    '{"user_id": "64a6b0a476d49ca2783f5fd2", "user_name": "Michael", "card_number": "123-456-7890", '
    '"product_name": "Mobile", "quantity": 1}'
)


def send(shop: Shop, service: str, path: str, line: str) -> Response:
    return shop.request("POST", service, path, data=line.encode(), headers=JSON)


def the_one(shop: Shop, service: str, path: str, **wanted: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in shop.everything(service, path) if all(each[name] == wanted[name] for name in wanted)
    )
    return found


def funds(shop: Shop) -> Decimal:
    return exact(the_one(shop, "wallets", "/wallets", user_name="Michael", card_number="123-456-7890")["amount"])


def test_michael_buys_a_mobile(shop: Shop) -> None:
    created = send(shop, "users", "/users", MICHAEL)
    assert created.status_code in (201, 409)  # 409: he did this yesterday
    michael = the_one(shop, "users", "/users", email="michael@example.com")
    assert (michael["user_name"], michael["card_number"]) == ("Michael", "123-456-7890")

    for line in (LAPTOP, DESKTOP, MOBILE):
        assert send(shop, "products", "/products", line).status_code in (200, 201)
    assert '"price":850.9,' in shop.get("products", "/products/Mobile").text
    assert '"price":890,' in shop.get("products", "/products/Laptop").text

    assert send(shop, "wallets", "/wallets/add", MONEY).status_code == 201
    stock_before, funds_before = shop.stock_of("Mobile"), funds(shop)

    bought = send(shop, "payments", "/payments", WISH.replace("64a6b0a476d49ca2783f5fd2", michael["_id"]))
    assert bought.status_code == 201
    payment = of(bought)
    assert payment["status"] == "completed"
    assert payment["amount"] == Decimal("850.9")
    assert '"amount":850.9,' in bought.text

    order = the_one(shop, "orders", "/orders", _id=payment["payment_id"])
    assert order["status"] == "completed"
    assert (order["user_id"], order["product_name"], order["quantity"]) == (michael["_id"], "Mobile", 1)
    assert order["amount"] == Decimal("850.9")
    assert funds(shop) == funds_before - Decimal("850.9")
    assert shop.stock_of("Mobile") == stock_before - 1


def test_the_id_of_the_example_is_nobodys(shop: Shop) -> None:
    assert_refused(send(shop, "payments", "/payments", WISH), 404, "user_not_found")


def test_every_line_of_the_endpoint_tables_works(shop: Shop) -> None:
    john = '{"user_name":"John", "email":"john@example.com", "card_number":"1234567890"}'
    assert send(shop, "users", "/users", john).status_code in (201, 409)
    assert shop.get("users", "/users").status_code == 200
    assert_refused(shop.get("users", "/users/user123"), 404, "user_not_found")

    product = '{"product_name":"Product1", "price":10, "quantity":100}'
    assert send(shop, "products", "/products", product).status_code in (200, 201)
    deducted = send(shop, "products", "/products/deduct", '{"product_name":"Product1", "quantity":10}')
    assert deducted.status_code == 200
    assert shop.get("products", "/products").status_code == 200

    holder = '{"user_name":"John", "card_number":"1234567890", "amount":%d}'
    assert send(shop, "wallets", "/wallet/add", holder % 100).status_code == 201
    assert send(shop, "wallets", "/wallet/deduct", holder % 50).status_code == 200
    assert shop.get("wallets", "/wallet").status_code == 200

    order = (
        '{"user_id":"user123", "user_name":"John", "product_name":"Product1", "quantity":10, '
        '"amount":100, "datetime":"2023-07-05T12:00:00"}'
    )
    assert send(shop, "orders", "/orders", order).status_code == 201
    history = shop.get("orders", "/orders/user/user123")
    assert history.status_code == 200
    assert history.json()[0]["datetime"] == "2023-07-05T12:00:00"
    assert shop.get("orders", "/orders").status_code == 200

    wish = (
        '{"user_id":"user123", "user_name":"John", "card_number":"1234567890", '
        '"product_name":"Product1", "quantity":10}'
    )
    assert_refused(send(shop, "payments", "/payment", wish), 404, "user_not_found")
