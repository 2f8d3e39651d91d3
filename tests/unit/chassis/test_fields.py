"""The fields that services share: money exact to the cent, names that can be read."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chassis.bodies import parse
from chassis.fields import (
    MAX_AMOUNT,
    MAX_BALANCE,
    MAX_PRICE,
    MAX_QUANTITY,
    CardNumber,
    Email,
    Funds,
    Id,
    Name,
    Price,
    Quantity,
    to_cents,
    to_number,
)

FIELDS: dict[str, TypeAdapter[Any]] = {
    "name": TypeAdapter(Name),
    "email": TypeAdapter(Email),
    "card_number": TypeAdapter(CardNumber),
    "quantity": TypeAdapter(Quantity),
    "price": TypeAdapter(Price),
    "funds": TypeAdapter(Funds),
    "id": TypeAdapter(Id),
}


def read(field: str, value: object) -> Any:
    return FIELDS[field].validate_python(value, strict=True)


def as_sent(number: str) -> Any:
    return parse(f'{{"number": {number}}}'.encode())["number"]


@given(st.integers(1, MAX_AMOUNT))
def test_cents_survive_the_way_out_and_back(cents: int) -> None:
    assert to_cents(as_sent(repr(to_number(cents)))) == cents


@given(st.integers(1, MAX_PRICE // 100), st.integers(0, 99), st.integers(0, 40))
def test_money_is_the_number_that_was_written(units: int, cents: int, zeros: int) -> None:
    assert to_cents(as_sent(f"{units}.{cents:02}" + "0" * zeros)) == units * 100 + cents


@given(st.integers(0, 10**12), st.integers(1, 10**30 - 1).filter(lambda tail: tail % 10), st.integers(3, 60))
def test_more_than_two_decimals_are_refused(units: int, tail: int, places: int) -> None:
    fraction = str(tail).zfill(places)
    with pytest.raises(ValueError, match="two decimals|too large"):
        to_cents(Decimal(f"{units}.{fraction}"))


@pytest.mark.parametrize(("cents", "shown"), [(85090, "850.9"), (89000, "890"), (1, "0.01"), (10**13, "100000000000")])
def test_an_amount_is_shown_as_the_number_it_was(cents: int, shown: str) -> None:
    assert repr(to_number(cents)) == shown


@pytest.mark.parametrize("value", [True, False, "850.9", 850.9, None, [], {}])
def test_only_a_number_is_money(value: object) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        to_cents(value)


@pytest.mark.parametrize("number", ["1E-999999", "1E+999999999", "-1E+999999999", "1E-999999999", "0E999999999"])
def test_a_number_of_astronomic_size_is_refused_at_once(number: str) -> None:
    began = time.perf_counter()
    with pytest.raises(ValidationError):
        read("funds", as_sent(number))
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize(
    ("field", "largest"), [("price", MAX_PRICE), ("funds", MAX_BALANCE), ("quantity", MAX_QUANTITY * 100)]
)
def test_the_limits_themselves_are_allowed_and_one_step_more_is_not(field: str, largest: int) -> None:
    step = 100 if field == "quantity" else 1
    smallest, largest_number = to_number(step), to_number(largest)
    assert read(field, as_sent(repr(smallest)))
    assert read(field, as_sent(repr(largest_number)))
    for beyond in (0, -step, largest + step):
        with pytest.raises(ValidationError):
            read(field, as_sent(repr(to_number(beyond))))


@pytest.mark.parametrize("value", [True, "1", Decimal("1.0"), Decimal("1.5"), 1.0, None])
def test_a_quantity_is_a_whole_number_and_nothing_else(value: object) -> None:
    with pytest.raises(ValidationError):
        read("quantity", value)


def test_a_name_is_composed() -> None:
    assert read("name", "Zoe\u0308") == "Zo\u00eb"


def test_a_name_is_measured_after_it_is_composed() -> None:
    assert read("name", "e\u0308" * 100) == "\u00eb" * 100


@pytest.mark.parametrize(
    "name", ["M", "Michael", "O'Brien-Smith \u5f20\u4f1f", "\u05d3\u05d5\u05d3", "\N{TEDDY BEAR}", "x" * 100]
)
def test_a_name_may_be_in_any_script(name: str) -> None:
    assert read("name", name) == name


@pytest.mark.parametrize(
    "name",
    ["", "x" * 101, "a\x00b", "a\nb", "a\tb", "a\x7fb", "a\x85b", "a\u2028b", "a\u2029b", "a\ud800b"]
    + [f"a{each}b" for each in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"],
)
def test_a_name_that_cannot_be_read_aloud_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        read("name", name)


@pytest.mark.parametrize("value", [None, 7, True, ["Michael"], {"$ne": ""}])
def test_a_name_is_text(value: object) -> None:
    with pytest.raises(ValidationError):
        read("name", value)


@pytest.mark.parametrize("email", ["michael@example.com", "m@x", "o'brien+shop@ex\u00e4mple.de", "a" * 252 + "@x"])
def test_an_address_is_taken(email: str) -> None:
    assert read("email", email) == email


@pytest.mark.parametrize(
    "email", ["", "michael", "@x", "m@", "a@b@c", "a b@c", "a@b\u202ec", "a\n@b", "a" * 253 + "@x"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        read("email", email)


@pytest.mark.parametrize("card", ["1", "123-456-7890", "AB 12", "9" * 64])
def test_a_card_number_is_taken(card: str) -> None:
    assert read("card_number", card) == card


@pytest.mark.parametrize("card", ["", "9" * 65, "12_34", "12\n", "\u0661\u0662", "12\x00", "1/2"])
def test_what_is_no_card_number_is_refused(card: str) -> None:
    with pytest.raises(ValidationError):
        read("card_number", card)


def test_a_refusal_never_repeats_what_was_sent() -> None:
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(dict[str, CardNumber]).validate_python({"card_number": "4111_1111"})
    assert "4111" not in refusal.value.json(include_input=False)
