"""The field types that more than one service takes, one validator each."""

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

MAX_PRICE = 1_000_000 * 100  # cents
MAX_QUANTITY = 1_000_000
MAX_BALANCE = 10**13  # cents; keeps every sum under 2**53, where JSON readers begin to round
MAX_AMOUNT = MAX_PRICE * MAX_QUANTITY  # cents: what the dearest price makes of the largest quantity
# Control characters, surrogates, separators of lines and paragraphs (the categories Cc, Cs, Zl, Zp), and what turns the
# direction of a text (https://www.unicode.org/reports/tr9/).
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Body(BaseModel):
    """What a client may send: exact types, nothing unknown."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class View(BaseModel):
    """What a client gets back; `_id` in JSON is `id` in Python."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, hide_input_in_errors=True)

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_none=True)


def to_cents(value: object) -> int:
    """Cents of a JSON number given as int or Decimal (never a float); raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be a number")
    number = Decimal(value)
    if number.adjusted() > 15:
        raise ValueError("is too large")
    rounded = round(number, 2)
    if rounded != number:  # compared exactly; normalize() would round to 28 digits first
        raise ValueError("must have at most two decimals")
    return int(rounded * 100)


def to_number(cents: int) -> int | float:
    """The JSON number of an amount in cents: 85090 -> 850.9, 89000 -> 890. Exact up to 2**53 cents."""
    return cents // 100 if cents % 100 == 0 else cents / 100


def _one_to(maximum: int) -> AfterValidator:
    def check(cents: int) -> int:
        if cents <= 0:
            raise ValueError("must be positive")
        if cents > maximum:
            raise ValueError(f"must be at most {to_number(maximum)}")
        return cents

    return AfterValidator(check)


def _clean_name(value: str) -> str:
    name = unicodedata.normalize("NFC", value)
    if not 1 <= len(name) <= 100:
        raise ValueError("must have 1 to 100 characters")
    _refuse_invisible(name)
    return name


def _clean_email(value: str) -> str:
    email = unicodedata.normalize("NFC", value)
    if len(email) > 254:
        raise ValueError("must have at most 254 characters")
    _refuse_invisible(email)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise ValueError("must look like name@example.com")
    return email


def _refuse_invisible(text: str) -> None:
    if _INVISIBLE.search(text):
        raise ValueError("must not contain control or bidirectional characters")


def _money(maximum: int) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": to_number(maximum),
            "description": "Money: at most two decimals.",
        }
    )


def _text(limit: int, **schema: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": limit, **schema})


Name = Annotated[str, AfterValidator(_clean_name), _text(100)]
Email = Annotated[str, AfterValidator(_clean_email), _text(254, format="email")]
CardNumber = Annotated[str, Field(pattern=r"^[0-9A-Za-z -]{1,64}$")]
Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
Price = Annotated[int, BeforeValidator(to_cents), _one_to(MAX_PRICE), _money(MAX_PRICE)]
Funds = Annotated[int, BeforeValidator(to_cents), _one_to(MAX_BALANCE), _money(MAX_BALANCE)]
Amount = Annotated[int, BeforeValidator(to_cents), _one_to(MAX_AMOUNT), _money(MAX_AMOUNT)]
Cents = Annotated[int, PlainSerializer(to_number), WithJsonSchema({"type": "number"})]
Id = Annotated[str, Field(min_length=1, max_length=100)]
