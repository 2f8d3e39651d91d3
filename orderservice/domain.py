"""Orders: what may be sent and answered, and what can go wrong."""

from datetime import datetime as moment
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from chassis.errors import Refusal
from chassis.fields import MAX_AMOUNT, Amount, Body, Cents, Id, Name, Quantity, View
from chassis.internal import Command

Status = Literal["placed", "completed"]  # written by hand, nothing paid; paid through checkout
_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_OFFSET = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?"


class OrderNotFound(Refusal):
    code, status, sentence = "order_not_found", 404, "There is no such order."


def _in_the_calendar(text: str) -> str:
    try:
        moment.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day of the calendar") from None
    return text


DateTime = Annotated[
    str,
    Field(pattern=f"^{_DATE}T{_TIME}{_OFFSET}$", description="ISO 8601, with or without an offset; kept as given."),
    AfterValidator(_in_the_calendar),
]


class NewOrder(Body):
    user_id: Id
    user_name: Name
    product_name: Name
    quantity: Quantity
    amount: Amount
    datetime: DateTime


class PaidOrder(Body):
    """An order as checkout writes it, named by its payment; the amount in cents."""

    id: Id = Field(alias="_id")
    user_id: Id
    user_name: Name
    product_name: Name
    quantity: Quantity
    amount: int = Field(ge=1, le=MAX_AMOUNT)
    datetime: DateTime


class Order(View):
    id: str = Field(alias="_id")
    user_id: str
    user_name: str
    product_name: str
    quantity: int
    amount: Cents
    datetime: str
    status: Status

    def in_cents(self) -> dict[str, Any]:
        """The order as services tell it to each other."""
        return {**self.to_json(), "amount": self.amount}


class OrderPath(Body):
    order_id: Id


class UserPath(Body):
    user_id: Id


class WriteOrder(Command):
    order: PaidOrder


class FindOrder(Command):
    order_id: Id


class CompletedOrders(Body):
    """How many completed orders, newest first, and after which one; one more than a page tells that there is more."""

    limit: int = Field(ge=1, le=1001)
    after: Id | None = None
