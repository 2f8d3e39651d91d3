"""userservice from outside."""

import uuid
from typing import Any

import pytest

from tests.blackbox.shop import Shop, assert_refused, some_name


def new_user(**changes: Any) -> dict[str, Any]:
    email = f"{uuid.uuid4().hex}@example.com"
    return {"user_name": some_name("User"), "email": email, "card_number": "123-456-7890", **changes}


def test_a_user_is_created_and_can_be_got(shop: Shop) -> None:
    body = new_user()
    created = shop.post("users", "/users", body)
    assert created.status_code == 201
    assert created.json()["message"]
    user = {name: value for name, value in created.json().items() if name != "message"}
    assert user == {"_id": user["_id"], **body}
    got = shop.get("users", f"/users/{user['_id']}")
    assert got.status_code == 200
    assert got.json() == user
    assert shop.get("users", "/users", limit=1000).json().count(user) == 1


def test_an_unknown_user_is_404(shop: Shop) -> None:
    assert_refused(shop.get("users", f"/users/{uuid.uuid4().hex}"), 404, "user_not_found")
    assert_refused(shop.patch("users", f"/users/{uuid.uuid4().hex}", {"user_name": "Mike"}), 404, "user_not_found")


@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title])
def test_two_users_cannot_share_an_address(shop: Shop, spelling: Any) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    assert shop.post("users", "/users", new_user(email=email)).status_code == 201
    assert_refused(shop.post("users", "/users", new_user(email=spelling(email))), 409, "email_taken")


def test_a_profile_is_updated(shop: Shop) -> None:
    user = shop.post("users", "/users", new_user()).json()
    changes = new_user(card_number="99")
    for name, value in changes.items():
        response = shop.patch("users", f"/users/{user['_id']}", {name: value})
        assert response.status_code == 200
        assert response.json()[name] == value
    assert shop.get("users", f"/users/{user['_id']}").json() == {"_id": user["_id"], **changes}


def test_a_profile_cannot_take_anothers_address(shop: Shop) -> None:
    taken = new_user()
    shop.post("users", "/users", taken)
    user = shop.post("users", "/users", new_user()).json()
    response = shop.patch("users", f"/users/{user['_id']}", {"email": taken["email"]})
    assert_refused(response, 409, "email_taken")


@pytest.mark.parametrize("body", [{}, {"user_name": None}, {"_id": "x"}, {"email": "none"}, {"card_number": "1_2"}, []])
def test_an_update_that_makes_no_sense_is_400(shop: Shop, body: object) -> None:
    user = shop.post("users", "/users", new_user()).json()
    assert_refused(shop.patch("users", f"/users/{user['_id']}", body), 400, "malformed")


def test_a_user_whose_name_was_changed_pays_under_the_new_one_only(shop: Shop) -> None:
    customer, product = shop.customer(funds=100), shop.product(price=10)
    shop.patch("users", f"/users/{customer.user_id}", {"user_name": some_name("Other")})
    assert_refused(shop.buy(customer, product), 404, "user_not_found")
