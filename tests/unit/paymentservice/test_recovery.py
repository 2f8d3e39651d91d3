"""Recovery: what nobody finished is finished, whichever step it had come to."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.unit.paymentservice.conftest import Shop
from walletservice.decisions import Movement

CHARGE, VOID, WRITE = "/internal/wallets/deduct", "/internal/wallets/void", "/internal/orders/write"
SETTLE, CLAIM = "/internal/reservations/settle", "/internal/reservations/claim"


def left_open(shop: Shop, key: str = "k") -> str:
    """The id of a payment that broke off before the charge arrived."""
    shop.lose_request(CHARGE)
    answer = shop.buy(key)
    assert answer.status == 202
    return str(answer.body["payment_id"])


def metric(shop: Shop, name: str, **labels: str) -> float:
    return shop.registry.get_sample_value(name, labels) or 0.0


def test_a_payment_that_was_not_charged_is_given_up_and_its_stock_comes_back(shop: Shop) -> None:
    payment_id = left_open(shop)
    assert shop.sweep() == 1
    assert (shop.state(payment_id), shop.balance, shop.left) == ("released", 10000, 10)
    assert metric(shop, "recoveries_ended_total", outcome="released") == 1


def test_a_payment_that_was_given_up_is_expired_for_its_customer_ever_after(shop: Shop) -> None:
    payment_id = left_open(shop)
    shop.sweep()
    for _ in range(2):
        answer = shop.buy()
        assert answer.status == 409
        assert answer.body["code"] == "expired"
    told = shop.ask(payment_id)
    assert (told.body["status"], told.body["code"]) == ("failed", "expired")


def test_a_charge_that_meets_a_void_is_told_as_expired_and_gives_the_stock_back(shop: Shop) -> None:
    shop.meanwhile(CHARGE, lambda: shop.bank.void([f"payment:{_payment_id(shop)}"]))
    answer = shop.buy()
    assert answer.status == 409
    assert answer.body["code"] == "expired"
    assert (shop.balance, shop.left) == (10000, 10)


def _payment_id(shop: Shop) -> str:
    return next(iter(shop.stock.reservations)).removeprefix("payment:")


@pytest.mark.parametrize("path", [CHARGE, WRITE])
def test_a_payment_that_was_charged_gets_its_order(shop: Shop, path: str) -> None:
    shop.lose_answer(path)
    answer = shop.buy()
    assert answer.status == 202
    payment_id = answer.body["payment_id"]
    assert (
        shop.ask(payment_id).body == {"_id": payment_id, "payment_id": payment_id, "status": "pending"} or path == WRITE
    )
    assert shop.sweep() == 1
    assert (shop.state(payment_id), shop.balance, shop.left, len(shop.written())) == ("sold", 9500, 8, 1)
    again = shop.buy()
    assert again.status == 201
    assert again.body["amount"] == 5


def test_an_order_that_cannot_be_written_for_a_while_is_tried_again_and_releases_nothing(shop: Shop) -> None:
    shop.lose_request(WRITE, times=9)
    answer = shop.buy()
    assert answer.status == 202
    payment_id = answer.body["payment_id"]
    for _ in range(2):
        assert shop.sweep() == 1
        assert shop.state(payment_id) == "reserved"
    assert metric(shop, "recoveries_failed_total") == 2
    assert shop.sweep() == 1
    assert (shop.state(payment_id), len(shop.written())) == ("sold", 1)
    assert metric(shop, "recoveries_tried_total") == 3


def test_one_that_fails_does_not_block_the_others(shop: Shop) -> None:
    broken, fine = left_open(shop, "broken"), left_open(shop, "fine")
    reference = f"payment:{broken}"
    shop.stock.reservations[reference] = replace(shop.stock.reservations[reference], memo={"unreadable": True})
    shop.bank.deduct([Movement(reference, "0" * 64, "Ann", "1", 500, kind="charged")])
    assert shop.sweep() == 2
    assert (shop.state(broken), shop.state(fine)) == ("reserved", "released")
    assert metric(shop, "recoveries_failed_total") == 1


def test_what_is_claimed_is_left_alone_until_its_lease_is_over(shop: Shop) -> None:
    left_open(shop)
    shop.lose_request(VOID)
    assert shop.sweep() == 1
    assert shop.recovery.sweep() == 0
    assert shop.sweep() == 1


def test_two_replicas_sweep_at_once_and_finish_each_payment_once(shop: Shop) -> None:
    open_ones = [left_open(shop, f"k{number}") for number in range(4)]
    shop.bank.deduct([Movement(f"payment:{each}", "0" * 64, "Ann", "1", 500, kind="charged") for each in open_ones[:2]])
    for reference in shop.stock.due_at:
        shop.stock.due_at[reference] = 0.0
    with ThreadPoolExecutor(2) as replicas:
        assert sum(replicas.map(lambda replica: replica.sweep(), [shop.recovery, shop.another_recovery()])) == 4
    assert [shop.state(each) for each in open_ones] == ["sold", "sold", "released", "released"]
    assert (shop.balance, shop.left, len(shop.written())) == (9000, 6, 2)


def test_a_settled_payment_is_not_taken_up(shop: Shop) -> None:
    shop.buy()
    shop.buy("other")
    for reference, reservation in shop.stock.reservations.items():
        shop.stock.reservations[reference] = replace(reservation, state="sold")
    assert shop.sweep() == 0


def test_the_sweep_goes_on_after_a_fault(shop: Shop) -> None:
    shop.lose_request(CLAIM, times=1)
    left_open(shop)
    rounds: list[float] = []

    class Stop(Exception):
        pass

    def wait(seconds: float) -> None:
        rounds.append(seconds)
        for reference in shop.stock.due_at:
            shop.stock.due_at[reference] = 0.0
        if len(rounds) == 3:
            raise Stop

    with pytest.raises(Stop):
        shop.recovery.run(wait, 5)
    assert rounds == [5, 5, 5]
    assert metric(shop, "recoveries_ended_total", outcome="released") == 1
