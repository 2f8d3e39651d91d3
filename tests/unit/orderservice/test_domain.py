"""Orders: which dates are dates, and how an amount is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from orderservice.domain import DateTime, Order

DATES = TypeAdapter(DateTime)


@pytest.mark.parametrize(
    "text",
    [
        "2023-07-05T12:00:00",
        "2023-07-05T12:00",
        "2023-07-05T12:00:00Z",
        "2023-07-05T12:00:00+02:00",
        "2023-07-05T12:00:00.5-11:30",
        "2023-07-05T12:00:00.123456789Z",
        "2024-02-29T23:59:59",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59",
    ],
)
def test_a_date_is_kept_as_given(text: str) -> None:
    assert DATES.validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2023-07-05",
        "2023-07-05 12:00:00",
        "20230705T120000",
        "2023-W27-3T12:00:00",
        "2023-02-29T12:00:00",
        "2023-04-31T12:00:00",
        "0000-01-01T00:00:00",
        "2023-13-01T12:00:00",
        "2023-07-05T24:00:00",
        "2023-07-05T12:60:00",
        "2023-07-05T12:00:60",
        "2023-07-05T12:00:00+24:00",
        "2023-07-05T12:00:00+0200",
        "2023-07-05T12:00:00z",
        "2023-07-05T12:00:00\n",
        " 2023-07-05T12:00:00",
        "\u0662\u0660\u0662\u0663-07-05T12:00:00",
        "12023-07-05T12:00:00",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        DATES.validate_python(text)


@given(st.datetimes(timezones=st.none() | st.timezones()))
def test_every_moment_that_python_writes_is_a_date_unless_its_offset_has_seconds(moment: object) -> None:
    text = str(getattr(moment, "isoformat")())  # noqa: B009
    if len(text.partition("T")[2].rpartition("+")[2].rpartition("-")[2]) != len("00:00:00"):
        assert DATES.validate_python(text) == text


def test_a_customer_reads_an_amount_in_units_and_a_service_in_cents() -> None:
    order = Order(
        id="1",
        user_id="user123",
        user_name="John",
        product_name="Mobile",
        quantity=1,
        amount=85090,
        datetime="2023-07-05T12:00:00",
        status="completed",
    )
    assert order.to_json()["amount"] == 850.9
    assert order.in_cents()["amount"] == 85090
    assert order.in_cents() | {"amount": 850.9} == order.to_json()
