"""walletservice from outside."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.blackbox.shop import KEY, Shop, assert_refused, of, some_name

FULL = 10**11  # units: 10**13 cents


def test_a_wallet_is_created_by_the_first_money_and_filled_by_more(shop: Shop) -> None:
    customer = shop.customer()
    first = shop.top_up(customer, 100)
    assert first.status_code == 201
    assert first.headers[KEY]
    assert first.json()["message"]
    assert (first.json()["user_name"], first.json()["card_number"]) == (customer.user_name, customer.card_number)
    assert first.json()["amount"] == 100
    second = shop.top_up(customer, 0.05)
    assert second.status_code == 201
    assert of(second)["amount"] == Decimal("100.05")
    assert second.json()["_id"] == first.json()["_id"]
    assert shop.funds_of(customer) == Decimal("100.05")


def test_money_is_deducted_down_to_the_last_cent(shop: Shop) -> None:
    customer = shop.customer(funds=100.1)
    response = shop.charge(customer, 50.05)
    assert response.status_code == 200
    assert response.headers[KEY]
    assert of(response)["amount"] == Decimal("50.05")
    assert_refused(shop.charge(customer, 50.06), 402, "insufficient_funds")
    assert shop.charge(customer, 50.05).json()["amount"] == 0
    assert_refused(shop.charge(customer, 0.01), 402, "insufficient_funds")
    assert shop.funds_of(customer) == 0


def test_an_unknown_wallet_is_404(shop: Shop) -> None:
    customer = shop.customer(funds=100)
    assert_refused(shop.charge(shop.customer(), 1), 404, "wallet_not_found")
    assert_refused(shop.charge(replace(customer, card_number="1"), 1), 404, "wallet_not_found")
    assert_refused(shop.charge(replace(customer, user_name=some_name("Other")), 1), 404, "wallet_not_found")


def test_one_name_has_a_wallet_a_card(shop: Shop) -> None:
    customer = shop.customer(funds=100)
    other_card = replace(customer, card_number="other")
    assert shop.top_up(other_card, 7).json()["amount"] == 7
    assert shop.funds_of(customer) == 100


def test_a_wallet_has_a_limit_and_what_exceeds_it_is_not_added(shop: Shop) -> None:
    customer = shop.customer(funds=FULL)
    assert_refused(shop.top_up(customer, 0.01), 409, "balance_limit")
    assert shop.funds_of(customer) == FULL
    assert shop.charge(customer, 0.01).status_code == 200
    assert shop.funds_of(customer) == FULL - Decimal("0.01")


@pytest.mark.parametrize(("path", "status"), [("/wallet/add", 201), ("/wallet/deduct", 200)])
def test_the_singular_answers_too(shop: Shop, path: str, status: int) -> None:
    customer = shop.customer(funds=100)
    body = {"user_name": customer.user_name, "card_number": customer.card_number, "amount": 1}
    assert shop.post("wallets", path, body).status_code == status
    assert shop.get("wallets", "/wallet", limit=1).json() == shop.get("wallets", "/wallets", limit=1).json()
