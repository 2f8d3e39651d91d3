"""The audit itself: books that balance pass, and each single thing that is off is found."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.answers import Answers, Call, Status
from tests.faults.audit import audit, payments
from tests.faults.books import Books
from tests.faults.silence import Silence
from tests.faults.source import Trace, joined

REFERENCE = "payment:p1"


def balanced() -> Books:
    """One product, one wallet, one payment of two at 5.00, one refusal."""
    kept = {"product_name": "x", "quantity": 2, "price": 500}
    return Books(
        products=[{"product_name": "x", "quantity": 7, "stocked": 10}],
        reservations=[
            {"_id": REFERENCE, "state": "sold", **kept},
            {"_id": "products.deduct:k", "state": "sold", **kept, "quantity": 1},
            {"_id": "payment:p2", "state": "refused", "code": "out_of_stock", **kept},
        ],
        orders=[{"_id": "p1", "product_name": "x", "quantity": 2, "amount": 1000}],
        wallets=[{"id": 1, "amount": 8500}],
        ledger=[
            {"reference": "wallets.add:k", "wallet_id": 1, "kind": "credited", "amount": 10000},
            {"reference": "wallets.deduct:k", "wallet_id": 1, "kind": "debited", "amount": 500},
            {"reference": REFERENCE, "wallet_id": 1, "kind": "charged", "amount": 1000},
        ],
    )


def test_balanced_books_have_no_violation() -> None:
    assert balanced().violations() == []


def _changed(books: Books, part: str, position: int, **fields: Any) -> Books:
    rows = [dict(each) for each in getattr(books, part)]
    rows[position] |= fields
    return replace(books, **{part: rows})


def _without(books: Books, part: str, position: int) -> Books:
    rows = list(getattr(books, part))
    del rows[position]
    return replace(books, **{part: rows})


WRONG: dict[str, tuple[Callable[[Books], Books], str]] = {
    "stock sold twice": (lambda b: _changed(b, "products", 0, quantity=8), "product x"),
    "stock lost": (lambda b: _changed(b, "products", 0, quantity=6), "product x"),
    "stock below zero": (lambda b: _changed(b, "products", 0, quantity=-1, stocked=2), "product x"),
    "a reservation left open": (lambda b: _changed(b, "reservations", 0, state="reserved"), "still reserved"),
    "money out of nothing": (lambda b: _changed(b, "wallets", 0, amount=9000), "wallet 1"),
    "money lost": (lambda b: _changed(b, "wallets", 0, amount=8000), "wallet 1"),
    "a wallet below zero": (lambda b: _changed(b, "wallets", 0, amount=-1), "wallet 1"),
    "a wallet gone": (lambda b: _without(b, "wallets", 0), "which is not there"),
    "charged without an order": (lambda b: _without(b, "orders", 0), "order None"),
    "an order without a charge": (lambda b: _without(b, "ledger", 2), "charged None"),
    "another amount ordered": (lambda b: _changed(b, "orders", 0, amount=999), "ordered 999"),
    "another price charged": (lambda b: _changed(b, "reservations", 0, price=400), "at 400"),
    "charged and released": (lambda b: _changed(b, "reservations", 0, state="released"), "reservation released"),
    "charged, no reservation": (lambda b: _without(b, "reservations", 0), "reservation None"),
    "sold, not charged": (lambda b: _changed(b, "ledger", 2, kind="voided"), "reservation sold"),
    "other goods ordered": (lambda b: _changed(b, "orders", 0, product_name="y"), "other goods"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_audit_finds(name: str) -> None:
    spoil, complaint = WRONG[name]
    assert complaint in " | ".join(spoil(balanced()).violations())


def _answers(*given: tuple[Status, dict[str, Any]]) -> Answers:
    answers = Answers()
    call = Call("paymentservice", "/payments", "k", {})
    answers.begin(call)
    for status, body in given:
        answers.add(call, status, {"payment_id": "p1", **body})
    return answers


PAID = (201, {"amount": 10, "quantity": 2})
REFUSED = (409, {"code": "out_of_stock"})


def test_doubt_and_then_the_same_answer_twice_contradict_nothing() -> None:
    answers = _answers((503, {}), (202, {}), (Silence.LATE, {}), PAID, PAID)
    assert list(answers.contradictions({"p1": "completed"})) == []


@pytest.mark.parametrize(
    ("given", "outcomes"),
    [
        ([PAID, REFUSED], {"p1": "completed"}),
        ([PAID, (201, {"amount": 11, "quantity": 2})], {"p1": "completed"}),
        ([REFUSED, (402, {"code": "insufficient_funds"})], {"p1": "out_of_stock"}),
        ([(503, {})], {"p1": "completed"}),
        ([PAID], {"p1": "out_of_stock"}),
        ([PAID], {}),
        ([REFUSED], {"p1": "completed"}),
        ([(500, {}), PAID], {"p1": "completed"}),
        ([(422, {}), PAID], {"p1": "completed"}),
    ],
    ids=[
        "paid and refused",
        "two amounts",
        "two reasons",
        "nothing final",
        "told paid, booked refused",
        "told paid, booked nothing",
        "told refused, booked paid",
        "a server error",
        "a wrong refusal",
    ],
)
def test_a_contradiction_is_found(given: list[tuple[int, dict[str, Any]]], outcomes: dict[str, str]) -> None:
    assert list(_answers(*given).contradictions(outcomes)) != []


def test_a_completed_payment_that_is_later_seen_as_failed_is_a_contradiction() -> None:
    answers = _answers(PAID)
    call = answers.calls()[0]
    answers.saw(call, {"status": "pending"})
    assert list(answers.contradictions({"p1": "completed"})) == []
    answers.saw(call, {"status": "failed", "code": "expired"})
    assert list(answers.contradictions({"p1": "completed"})) != []


class InUse(Books):
    """Books in which one payment got its order only after they were read."""

    def traces_of(self, references: Collection[str]) -> Iterator[Trace]:
        return balanced().traces_of(references)


def test_a_payment_that_went_on_while_the_books_were_read_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.audit.AGAIN_AFTER", 0.001)
    books = InUse(**vars(_without(balanced(), "orders", 0)))
    assert payments(books, patience=0).complaints != []
    assert payments(books, patience=5).complaints == []


def test_what_still_does_not_agree_after_some_patience_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.audit.AGAIN_AFTER", 0.001)
    [complaint] = {*payments(_without(balanced(), "ledger", 2), patience=0.05).complaints[:1]}
    assert "charged None" in complaint


def test_a_payment_whose_pieces_are_still_reserved_goes_on() -> None:
    books = _without(_changed(balanced(), "reservations", 0, state="reserved"), "orders", 0)
    found = payments(books, patience=0)
    assert (found.complaints, found.numbers["under_way"]) == ([], 1)
    assert books.violations() == [f"{REFERENCE}: still reserved"]


def test_the_numbers_of_balanced_books() -> None:
    assert [each.numbers for each in audit(balanced())] == [
        {"products": 1, "in": 10, "left": 7, "reserved": 0, "sold": 3, "missing": 0},
        {"wallets": 1, "in": 10000, "left": 8500, "charged": 1000, "deducted": 500, "missing": 0},
        {"charged": 1, "ordered": 1, "sold": 1, "cents": 1000, "under_way": 0},
    ]


def test_what_is_missing_is_in_the_numbers() -> None:
    books = _changed(_changed(balanced(), "products", 0, quantity=5), "wallets", 0, amount=8400)
    assert [each.numbers.get("missing") for each in audit(books)] == [2, 100, None]


def test_streams_are_joined_by_name() -> None:
    found = dict(joined(one=[("a", 1), ("c", 3)], two=[("a", 4), ("b", 5), ("d", 6)]))
    assert found == {"a": {"one": 1, "two": 4}, "b": {"two": 5}, "c": {"one": 3}, "d": {"two": 6}}
