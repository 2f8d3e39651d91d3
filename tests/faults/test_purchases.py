"""A run's own customers: whatever they lost is found, and said with its numbers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.answers import Answers, Call, Told
from tests.faults.latencies import Latencies
from tests.faults.purchases import Left, Order, reckon

WALLET = {"user_name": "Ann", "card_number": "1"}
BOUGHT = {"payment_id": "p1", "amount": 25, "quantity": 2}


def told(*further: tuple[str, str, dict[str, Any], dict[str, Any]]) -> list[Told]:
    """Ann pays in 100.00, takes out 10.50, buys 2 of 10 pieces for 25.00; somebody takes another piece."""
    answers = Answers()
    for path, key, body, answer in (
        ("/wallets/add", "a", {**WALLET, "amount": 100}, {}),
        ("/wallets/deduct", "b", {**WALLET, "amount": 10.5}, {}),
        ("/products", "c", {"product_name": "x", "price": 12.5, "quantity": 10}, {}),
        ("/products/deduct", "d", {"product_name": "x", "quantity": 1}, {}),
        ("/payments", "e", {"user_name": "Ann", "product_name": "x", "quantity": 2}, BOUGHT),
        *further,
    ):
        call = Call("", path, key, body)
        answers.begin(call)
        answers.add(call, 201, answer)
    return answers.told()


LEFT = Left(wallets={"Ann": 6450}, shelves={"x": 7}, orders=[Order("p1", "Ann", "x", 2, 2500)])
AGAIN = ("/payments", "e", {"user_name": "Ann", "product_name": "x", "quantity": 2}, {**BOUGHT, "payment_id": "p2"})
SECOND = [*LEFT.orders, Order("p2", "Ann", "x", 2, 2500)]


def complaints(told: list[Told], left: Left) -> list[str]:
    return [complaint for each in reckon(told, left) for complaint in each.complaints]


def test_who_lost_nothing_has_nothing_to_complain_of() -> None:
    assert complaints(told(), LEFT) == []
    assert [each.numbers for each in reckon(told(), LEFT)] == [
        {"told": 1, "ordered": 1},
        {"in": 10000, "left": 6450, "ordered": 2500, "taken": 1050, "missing": 0},
        {"in": 10, "left": 7, "ordered": 2, "taken": 1, "missing": 0},
    ]


LOST: dict[str, tuple[Callable[[Left], Left], str]] = {
    "money": (lambda left: replace(left, wallets={"Ann": 6350}), "charged without an order: 1.00 (customers: 1)"),
    "money of the shop's": (
        lambda left: replace(left, wallets={"Ann": 6550}),
        "ordered and never paid: 1.00 (customers: 1)",
    ),
    "pieces": (lambda left: replace(left, shelves={"x": 4}), "gone and sold to nobody: 3 pieces (products: 1)"),
    "pieces that nobody took": (
        lambda left: replace(left, shelves={"x": 9}),
        "sold, and still on the shelf: 2 pieces (products: 1)",
    ),
    "pieces there were none of": (
        lambda left: replace(left, refused={"products.deduct:d": 9, "products.deduct:of somebody else": 3}),
        "oversold: 1 times, 3 pieces that were not there",
    ),
    "an order": (
        lambda left: replace(left, orders=[]),
        "told to be bought, and not ordered: 1, for 25.00",
    ),
    "word of an order": (
        lambda left: replace(left, orders=SECOND),
        "ordered without a word to the customer: 1, for 25.00",
    ),
}


@pytest.mark.parametrize("what", LOST)
def test_what_is_lost_is_found(what: str) -> None:
    lose, complaint = LOST[what]
    assert complaint in complaints(told(), lose(LEFT))


def test_a_second_purchase_under_one_key_is_found() -> None:
    left = replace(LEFT, wallets={"Ann": 3950}, shelves={"x": 5}, orders=SECOND)
    assert complaints(told(AGAIN), left) == [
        "bought again under a key that had its purchase: 1, and 25.00 charged twice"
    ]


def test_latencies_are_those_of_the_payment_in_the_middle_and_of_the_slowest() -> None:
    hundred = Latencies.of(float(each) for each in range(100, 0, -1))
    assert hundred == Latencies(100, median=50.0, p99=99.0, longest=100.0)
    assert Latencies.of([3.0, 1.0, 2.0]) == Latencies(3, 2.0, 3.0, 3.0)
    assert Latencies.of([3.0]) == Latencies(1, 3.0, 3.0, 3.0)
    assert Latencies.of([]) == Latencies()
