"""The checkout as a customer meets it, with the wire cut at every step."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from chassis.internal import Commands
from tests.unit.paymentservice.conftest import Shop
from walletservice.domain import DeductFunds, InsufficientFunds

FIND, LOOK, FUNDS = "/internal/users/find", "/internal/products/look", "/internal/wallets/look"
RESERVE, REFUSE = "/internal/reservations/deduct", "/internal/reservations/refuse"
RELEASE, SETTLE = "/internal/reservations/release", "/internal/reservations/settle"
CHARGE, WRITE = "/internal/wallets/deduct", "/internal/orders/write"


def test_a_purchase_moves_money_and_stock_once_and_answers_its_order(shop: Shop) -> None:
    answer = shop.buy()
    assert answer.status == 201
    assert answer.body["status"] == "completed"
    assert answer.body["amount"] == 5
    assert (shop.balance, shop.left, len(shop.written())) == (9500, 8, 1)
    assert shop.written()[0].id == answer.body["payment_id"]


def test_every_answer_names_the_payment_and_the_key(shop: Shop) -> None:
    shop.lose_request(LOOK)
    answers = [shop.buy(), shop.buy(), shop.buy(quantity=3), shop.buy("other", user_name="Bob"), shop.buy(None)]
    assert [each.status for each in answers] == [503, 201, 422, 404, 201]
    assert len({each.body["payment_id"] for each in answers[:3]}) == 1
    assert [each.headers["Idempotency-Key"] for each in answers[:4]] == ["k", "k", "k", "other"]
    assert answers[4].headers["Idempotency-Key"]


def test_the_same_key_and_body_get_the_same_answer_and_move_nothing_again(shop: Shop) -> None:
    first, second = shop.buy(), shop.buy()
    assert (second.status, second.body) == (first.status, first.body)
    assert (shop.balance, shop.left, len(shop.written())) == (9500, 8, 1)


def test_two_customers_may_use_one_key(shop: Shop) -> None:
    first = shop.buy()
    other = shop.buy(user_id="somebody else")
    assert (first.status, other.status) == (201, 404)
    assert first.body["payment_id"] != other.body["payment_id"]


def test_another_body_under_the_key_is_refused_and_releases_nothing(shop: Shop) -> None:
    shop.lose_request(CHARGE)
    pending = shop.buy()
    assert pending.status == 202
    assert shop.buy(quantity=3).status == 422
    assert shop.state(pending.body["payment_id"]) == "reserved"
    assert shop.buy().status == 201


REFUSALS: list[tuple[dict[str, Any], int, str]] = [
    ({"user_id": "nobody"}, 404, "user_not_found"),
    ({"user_name": "Bob"}, 404, "user_not_found"),
    ({"product_name": "ink"}, 404, "product_not_found"),
    ({"quantity": 11}, 409, "out_of_stock"),
    ({"card_number": "2"}, 404, "wallet_not_found"),
]


@pytest.mark.parametrize(("changed", "status", "code"), REFUSALS, ids=[str(each[0]) for each in REFUSALS])
def test_what_the_look_refuses_is_recorded_and_stays_refused(
    shop: Shop, changed: dict[str, Any], status: int, code: str
) -> None:
    for _ in range(2):
        answer = shop.buy(**changed)
        assert answer.status == status
        assert answer.body["code"] == code
    told = shop.ask(answer.body["payment_id"])
    assert (told.status, told.body["status"], told.body["code"]) == (
        200,
        "failed",
        code,
    )
    assert (shop.balance, shop.left) == (10000, 10)


def test_a_refusal_stays_when_its_reason_has_gone(shop: Shop) -> None:
    dear = {"product_name": "pen", "price": 60, "quantity": 1}
    shop.wire.services["products"].test_client().post("/products", json=dear)
    assert shop.buy().status == 402
    shop.set_price(1)
    assert shop.buy().status == 402
    assert shop.buy("another-key").status == 201


def test_a_refusal_that_cannot_be_recorded_is_not_told(shop: Shop) -> None:
    shop.lose_request(REFUSE)
    answer = shop.buy(quantity=11)
    assert answer.status == 503
    assert answer.headers["Retry-After"]
    assert shop.buy(quantity=11).status == 409


def test_a_look_that_says_no_gives_way_to_what_is_decided_meanwhile(shop: Shop) -> None:
    shop.lose_answer(CHARGE)
    shop.meanwhile(REFUSE, shop.buy)
    shop.wire.before[LOOK] = [lambda: shop.sell(10), lambda: shop.sell(-10)]
    answer = shop.buy()
    assert answer.status == 201
    assert (shop.balance, shop.left) == (9500, 8)


def test_a_price_that_changes_between_look_and_reservation_is_not_paid(shop: Shop) -> None:
    shop.meanwhile(RESERVE, lambda: shop.set_price(3))
    answer = shop.buy()
    assert answer.status == 409
    assert answer.body["code"] == "price_changed"
    assert shop.balance == 10000


@pytest.mark.parametrize("path", [FIND, LOOK, FUNDS, RESERVE])
def test_doubt_before_the_money_is_503_and_nothing_is_charged(shop: Shop, path: str) -> None:
    shop.lose_request(path)
    answer = shop.buy()
    assert answer.status == 503
    assert answer.headers["Retry-After"]
    assert shop.balance == 10000


@pytest.mark.parametrize("path", [RESERVE, CHARGE, WRITE])
@pytest.mark.parametrize("lost", ["request", "answer"])
def test_sending_again_after_doubt_pays_once(shop: Shop, path: str, lost: str) -> None:
    (shop.lose_request if lost == "request" else shop.lose_answer)(path)
    assert shop.buy().status == (503 if path == RESERVE else 202)
    assert shop.buy().status == 201
    assert (shop.balance, shop.left, len(shop.written())) == (9500, 8, 1)


@pytest.mark.parametrize("path", [CHARGE, WRITE])
def test_doubt_about_the_money_is_pending_and_nothing_is_undone(shop: Shop, path: str) -> None:
    shop.lose_answer(path)
    answer = shop.buy()
    assert answer.status == 202
    assert answer.body["status"] == "pending"
    assert answer.headers["Retry-After"]
    assert shop.state(answer.body["payment_id"]) == "reserved"
    assert shop.balance == 9500


@pytest.mark.parametrize(
    ("path", "status", "left", "balance"),
    [("/internal/products/look", 503, 10, 10000), ("/internal/wallets/deduct", 202, 8, 10000)],
)
def test_at_its_deadline_a_payment_is_answered_whatever_it_waits_for(
    shop: Shop, path: str, status: int, left: int, balance: int
) -> None:
    goes_on = threading.Event()
    shop.meanwhile(path, lambda: goes_on.wait(5))
    try:
        answer = shop.buy(deadline_ms=300)
        assert answer.status == status
        assert (shop.left, shop.balance) == (left, balance)
    finally:
        goes_on.set()


def test_a_pending_payment_says_where_to_ask(shop: Shop) -> None:
    shop.lose_request(CHARGE)
    answer = shop.buy()
    assert answer.status == 202
    assert f"/payments/{answer.body['payment_id']}," in answer.body["message"]


def test_doubt_about_a_payment_that_was_made_does_not_deny_it(shop: Shop) -> None:
    assert shop.buy().status == 201
    shop.lose_request(LOOK)
    answer = shop.buy()
    assert answer.status == 503
    assert "this request charged nothing" in answer.body["error"]
    assert shop.buy().status == 201


@pytest.mark.parametrize("word", ["reversed", None])
def test_a_word_of_the_bank_that_nobody_knows_is_doubt(shop: Shop, word: str | None) -> None:
    @shop.wire.services["wallets"].operation(CHARGE)
    def answer_oddly(body: Commands[DeductFunds]) -> dict[str, Any]:
        return {"answers": [{"reference": body.commands[0].reference, "kind": word, "amount": 0, "reason": None}]}

    answer = shop.buy()
    assert answer.status == 202
    assert shop.state(answer.body["payment_id"]) == "reserved"


def test_a_payment_that_has_lost_its_memo_and_its_order_is_not_guessed_at(shop: Shop) -> None:
    shop.lose_request(WRITE)
    payment_id = shop.buy().body["payment_id"]
    kept = shop.stock.reservations[f"payment:{payment_id}"]
    shop.stock.reservations[f"payment:{payment_id}"] = replace(kept, state="sold", memo=None)
    assert shop.buy().status == 202
    assert (shop.balance, shop.state(payment_id)) == (9500, "sold")


def test_an_http_error_of_the_bank_is_doubt_and_no_refusal(shop: Shop) -> None:
    @shop.wire.services["wallets"].operation(CHARGE)
    def refuse(body: Commands[DeductFunds]) -> dict[str, Any]:
        raise InsufficientFunds

    answer = shop.buy()
    assert answer.status == 202
    assert shop.state(answer.body["payment_id"]) == "reserved"


def test_a_retry_after_a_price_change_pays_the_first_price(shop: Shop) -> None:
    shop.lose_request(CHARGE)
    assert shop.buy().status == 202
    shop.set_price(40)
    answer = shop.buy()
    assert answer.status == 201
    assert answer.body["amount"] == 5
    assert shop.balance == 9500


def test_a_declined_charge_gives_the_stock_back(shop: Shop) -> None:
    withdraw = {"user_name": "Ann", "card_number": "1", "amount": 99}
    bank = shop.wire.services["wallets"].test_client()
    shop.meanwhile(CHARGE, lambda: bank.post("/wallets/deduct", json=withdraw))
    for _ in range(2):
        answer = shop.buy()
        assert answer.status == 402
        assert answer.body["code"] == "insufficient_funds"
    assert (shop.balance, shop.left) == (100, 10)


def test_a_declined_charge_is_told_even_when_the_stock_cannot_be_given_back_yet(shop: Shop) -> None:
    withdraw = {"user_name": "Ann", "card_number": "1", "amount": 99}
    bank = shop.wire.services["wallets"].test_client()
    shop.meanwhile(CHARGE, lambda: bank.post("/wallets/deduct", json=withdraw))
    shop.lose_request(RELEASE)
    answer = shop.buy()
    assert answer.status == 402
    assert shop.ask(answer.body["payment_id"]).body == {
        "_id": answer.body["payment_id"],
        "payment_id": answer.body["payment_id"],
        "status": "failed",
        "code": "insufficient_funds",
        "error": "The wallet does not hold enough money.",
    }
    assert shop.left == 8
    assert shop.sweep() == 1
    assert shop.left == 10


def test_a_payment_that_is_sold_is_answered_from_its_order_even_without_its_memo(shop: Shop) -> None:
    first = shop.buy()
    reference = f"payment:{first.body['payment_id']}"
    shop.stock.reservations[reference] = replace(shop.stock.reservations[reference], state="sold", memo=None)
    again = shop.buy()
    assert (again.status, again.body) == (201, first.body)


def test_no_card_number_reaches_the_order_or_the_memo(shop: Shop) -> None:
    card = "4111-2222-3333"
    client = shop.wire.services["wallets"].test_client()
    client.post("/wallets/add", json={"user_name": "Ann", "card_number": card, "amount": 50})
    answer = shop.buy(card_number=card)
    assert answer.status == 201
    assert card not in str(shop.stock.reservations) + str(shop.written()) + str(answer.body)


def test_a_purchase_that_nobody_disturbs_makes_seven_calls(shop: Shop) -> None:
    settled = threading.Event()
    shop.wire.after[SETTLE] = [settled.set]
    assert shop.buy().status == 201
    assert settled.wait(5)
    assert sorted(shop.wire.calls) == sorted([FIND, LOOK, FUNDS, RESERVE, CHARGE, WRITE, SETTLE])


def test_a_payment_on_top_of_too_many_is_refused_by_name_before_anything_is_asked() -> None:
    shop = Shop(max_requests=1)
    begun, end = threading.Event(), threading.Event()

    def stall() -> None:
        begun.set()
        assert end.wait(5)

    shop.wire.before[LOOK] = [stall]
    with ThreadPoolExecutor(1) as other:
        first = other.submit(shop.buy, "first")
        assert begun.wait(5)
        second = shop.buy("second")
        assert set(shop.wire.commands.values()) <= {1}  # the first one's looks, those that have arrived
        end.set()
    assert (second.status, second.body["code"]) == (503, "overloaded")
    assert (second.headers["Retry-After"], second.headers["Idempotency-Key"]) == ("1", "second")
    assert first.result().status == 201
    again = shop.buy("second")
    assert (again.status, again.body["payment_id"]) == (201, second.body["payment_id"])
