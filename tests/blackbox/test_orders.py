"""orderservice from outside."""

import uuid
from typing import Any

import pytest

from tests.blackbox.shop import Shop, assert_refused


def new_order(**changes: Any) -> dict[str, Any]:
    return {
        "user_id": uuid.uuid4().hex,
        "user_name": "John",
        "product_name": "Product1",
        "quantity": 10,
        "amount": 850.9,
        "datetime": "2023-07-05T12:00:00",
        **changes,
    }


def test_an_order_is_placed_and_can_be_got(shop: Shop) -> None:
    body = new_order()
    placed = shop.post("orders", "/orders", body)
    assert placed.status_code == 201
    assert placed.json()["message"]
    order = {name: value for name, value in placed.json().items() if name != "message"}
    assert order == {"_id": order["_id"], **body, "status": "placed"}
    assert '"amount":850.9,' in placed.text
    got = shop.get("orders", f"/orders/{order['_id']}")
    assert got.status_code == 200
    assert got.json() == order
    assert shop.get("orders", f"/orders/user/{body['user_id']}").json() == [order]
    assert order in shop.get("orders", "/orders").json()


def test_an_unknown_order_is_404_and_an_unknown_user_has_none(shop: Shop) -> None:
    assert_refused(shop.get("orders", f"/orders/{uuid.uuid4()}"), 404, "order_not_found")
    response = shop.get("orders", f"/orders/user/{uuid.uuid4()}")
    assert response.status_code == 200
    assert response.json() == []


@pytest.mark.parametrize("written", ["2023-07-05T12:00:00", "2023-07-05T12:00:00Z", "2023-07-05T12:00:00.5+02:00"])
def test_a_datetime_is_kept_as_given(shop: Shop, written: str) -> None:
    placed = shop.post("orders", "/orders", new_order(datetime=written))
    assert placed.status_code == 201
    assert shop.get("orders", f"/orders/{placed.json()['_id']}").json()["datetime"] == written


@pytest.mark.parametrize(
    "written", ["", "today", "2023-07-05", "2023-02-30T12:00:00", "2023-07-05T25:00:00", 1688558400]
)
def test_what_is_no_datetime_is_400(shop: Shop, written: object) -> None:
    response = shop.post("orders", "/orders", new_order(datetime=written))
    assert_refused(response, 400, "malformed")
    assert response.json()["field"] == "datetime"


@pytest.mark.parametrize("extra", ["_id", "status", "payment_id"])
def test_nobody_can_write_a_paid_order_by_hand(shop: Shop, extra: str) -> None:
    assert_refused(shop.post("orders", "/orders", new_order(**{extra: "completed"})), 400, "malformed")


def test_an_order_placed_by_hand_is_no_payment(shop: Shop) -> None:
    order_id = shop.post("orders", "/orders", new_order()).json()["_id"]
    payments = shop.get("payments", "/payments").json()
    assert order_id not in [each["payment_id"] for each in payments]
