"""GET /payments/{id}: every state, and what is told when a part of the shop is away."""

import pytest

from tests.unit.paymentservice.conftest import Shop

CHARGE, WRITE = "/internal/wallets/deduct", "/internal/orders/write"
ORDER, ENTRY, RESERVATION = "/internal/orders/find", "/internal/ledger/find", "/internal/reservations/find"
NOBODYS = "00000000-0000-5000-8000-000000000000"


def status(shop: Shop, payment_id: str) -> tuple[int, str | None]:
    answer = shop.ask(payment_id)
    return answer.status, answer.body.get("status")


def payment(shop: Shop, key: str = "k", **changed: object) -> str:
    answer = shop.buy(key, request_id=None, deadline_ms=None, **changed)
    return str(answer.body["payment_id"])


def test_a_completed_payment_is_its_order(shop: Shop) -> None:
    bought = shop.buy()
    told = shop.ask(bought.body["payment_id"])
    assert told.status == 200
    assert told.body == {name: value for name, value in bought.body.items() if name != "message"}


def test_what_is_reserved_and_not_charged_is_pending(shop: Shop) -> None:
    shop.lose_request(CHARGE)
    assert status(shop, payment(shop)) == (200, "pending")


def test_what_is_charged_and_not_ordered_is_pending(shop: Shop) -> None:
    shop.lose_request(WRITE)
    assert status(shop, payment(shop)) == (200, "pending")


def test_what_was_refused_is_failed(shop: Shop) -> None:
    assert status(shop, payment(shop, quantity=11)) == (200, "failed")


def test_what_was_given_up_is_failed(shop: Shop) -> None:
    shop.lose_request(CHARGE)
    payment_id = payment(shop)
    shop.sweep()
    assert status(shop, payment_id) == (200, "failed")


@pytest.mark.parametrize("payment_id", [NOBODYS, "nothing", "%7C%C2%86ta", "a" * 100])
def test_what_nobody_knows_is_not_found(shop: Shop, payment_id: str) -> None:
    answer = shop.ask(payment_id)
    assert answer.status == 404
    assert answer.body["code"] == "payment_not_found"


@pytest.mark.parametrize("away", [ORDER, ENTRY, RESERVATION])
def test_what_nobody_in_reach_knows_is_not_denied(shop: Shop, away: str) -> None:
    shop.lose_request(away)
    assert shop.ask(NOBODYS).status == 503


@pytest.mark.parametrize("away", [ENTRY, RESERVATION])
def test_an_order_is_enough_to_tell_completed(shop: Shop, away: str) -> None:
    payment_id = payment(shop)
    shop.lose_request(away)
    assert status(shop, payment_id) == (200, "completed")


def test_without_the_orders_a_charge_is_pending(shop: Shop) -> None:
    payment_id = payment(shop)
    shop.lose_request(ORDER)
    assert status(shop, payment_id) == (200, "pending")


def test_completed_payments_are_listed_newest_first_with_a_link(shop: Shop) -> None:
    ids = [payment(shop, key=f"k{n}", quantity=1) for n in range(3)]
    first = shop.get("/payment?limit=2")
    assert first.status == 200
    assert [each["payment_id"] for each in first.body or []] == ids[:0:-1]
    target = first.headers["Link"].partition(">")[0].removeprefix("<")
    assert target.startswith("/payment?")
    assert [each["payment_id"] for each in shop.get(target).body] == ids[:1]


def test_an_unknown_after_is_malformed(shop: Shop) -> None:
    answer = shop.get("/payments?after=nothing")
    assert answer.status == 400
    assert answer.body["code"] == "malformed"
