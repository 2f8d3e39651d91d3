"""What paymentservice may ask on the inner port, in lists: each command names the reference it speaks about."""

from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, Field

from chassis.fields import MAX_PRICE, Body, Quantity
from chassis.internal import MAX_COMMANDS, Command, RequestHash

MAX_MEMO = 4096  # bytes as JSON: the largest honest memo is a quarter of it


def memo_text(memo: dict[str, Any]) -> str:
    """A memo as it is kept: as text, so that no name in it becomes a field's name. Raises ValueError: a huge number."""
    try:
        return orjson.dumps(memo).decode()
    except TypeError:
        raise ValueError("must hold no number of more than 64 bits") from None


def _exact_and_of_bounded_size(memo: dict[str, Any]) -> dict[str, Any]:
    if _holds_a_fraction(memo):
        raise ValueError("must hold no fractions")
    if len(memo_text(memo).encode()) > MAX_MEMO:
        raise ValueError(f"must be at most {MAX_MEMO} bytes")
    return memo


def _holds_a_fraction(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(_holds_a_fraction(each) for each in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, float)


class Look(Command):
    """What stands on the shelf, and what is recorded?"""

    product_name: str = Field(max_length=100)


class Take(Command):
    """Take pieces off the shelf for good, at whatever price they have."""

    request_hash: RequestHash
    product_name: str = Field(min_length=1, max_length=100)
    quantity: Quantity


class Deduct(Take):
    """Reserve pieces for a payment, at this price or not at all."""

    price: int = Field(ge=1, le=MAX_PRICE)
    memo: Annotated[dict[str, Any], AfterValidator(_exact_and_of_bounded_size)]


class _Why(Command):
    code: str = Field(pattern="^[a-z_]{1,64}$")
    reason: str | None = Field(None, max_length=500)


class Refuse(_Why):
    """Record a refusal, if nothing is decided."""

    request_hash: RequestHash


class Release(_Why):
    """Give reserved pieces back."""


class Claim(Body):
    limit: int = Field(ge=1, le=MAX_COMMANDS)
