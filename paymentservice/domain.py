"""A payment: what may be asked, what it is called, what it can come to."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, Literal, Self

from pydantic import Field

from chassis.errors import Refusal, Unavailable
from chassis.fields import MAX_AMOUNT, Body, CardNumber, Cents, Id, Name, Quantity, View

_NAMESPACE = uuid.UUID("6f1c3a52-3a0e-4a8e-9a53-0d5f1b0c7e11")  # ours alone: no other uuid5 is a payment's

STATUS_OF = {
    "user_not_found": 404,
    "product_not_found": 404,
    "wallet_not_found": 404,
    "insufficient_funds": 402,
    "out_of_stock": 409,
    "price_changed": 409,
    "expired": 409,
}
REASONS = {
    "user_not_found": "There is no user with this id and name.",
    "product_not_found": "There is no such product.",
    "wallet_not_found": "There is no wallet with this name and card number.",
    "insufficient_funds": "The wallet does not hold enough money.",
    "out_of_stock": "There is not enough of this product left.",
    "price_changed": "The price changed while you were buying. Pay again under a new key to accept it.",
    "expired": "The payment was not finished in time and was given up; nothing was charged.",
}


class PaymentRequest(Body):
    """What the customer sends."""

    user_id: Id
    user_name: Name
    card_number: CardNumber
    product_name: Name
    quantity: Quantity


class Memo(Body):
    """What is needed to write the order, recorded with the reservation. Never the card number."""

    user_id: Id
    user_name: Name
    product_name: Name
    quantity: Quantity
    amount: int = Field(gt=0, le=MAX_AMOUNT, description="cents")
    datetime: str = Field(max_length=40)
    request_id: str = Field(max_length=64)

    def order(self, payment_id: str) -> dict[str, Any]:
        return {"_id": payment_id, **self.model_dump(exclude={"request_id"})}


class Payment(View):
    """A payment as a client sees it. A completed one is its order; of a failed one it says why."""

    id: str = Field(alias="_id")
    payment_id: str
    status: Literal["completed", "pending", "failed"]
    user_id: str | None = None
    user_name: str | None = None
    product_name: str | None = None
    quantity: int | None = None
    amount: Cents | None = None
    datetime: str | None = None
    code: str | None = None
    error: str | None = None

    @classmethod
    def completed(cls, order: Mapping[str, Any]) -> Self:
        fields = {name: order[name] for name in Memo.model_fields if name in order}
        return cls(id=order["_id"], payment_id=order["_id"], status="completed", **fields)

    @classmethod
    def pending(cls, payment_id: str) -> Self:
        return cls(id=payment_id, payment_id=payment_id, status="pending")

    @classmethod
    def failed(cls, payment_id: str, code: str) -> Self:
        error = REASONS.get(code, code)
        return cls(id=payment_id, payment_id=payment_id, status="failed", code=code, error=error)


class PaymentPath(Body):
    payment_id: Id


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """One payment under one key: every repetition of it is equal to it."""

    payment_id: str
    request_hash: str
    wish: PaymentRequest
    request_id: str

    @property
    def reference(self) -> str:
        return reference_of(self.payment_id)


class PaymentRefused(Refusal):
    """A recorded decision against the payment; it will be given again for ever."""

    def __init__(self, code: str) -> None:
        super().__init__(REASONS.get(code, "The payment was refused."))
        self.code = code
        self.status = STATUS_OF.get(code, 409)


class PaymentUnavailable(Unavailable):
    sentence = (
        "A part of the shop is down; this request charged nothing. Send the same again under the same Idempotency-Key, "
        "or ask GET /payments/ with the payment_id of this answer what became of an earlier one."
    )


class PaymentNotFound(Refusal):
    code, status, sentence = "payment_not_found", 404, "There is no such payment."


def payment_id_of(*, user_id: str, key: str) -> str:
    """The name of the payment that this customer makes under this Idempotency-Key.

    What str(uuid.uuid5(_NAMESPACE, ...)) gives, in a third of its time, which is a twentieth of a refusal's
    (https://www.rfc-editor.org/rfc/rfc9562#section-5.5).
    """
    made = sha1(_NAMESPACE.bytes + f"{user_id}\n{key}".encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(made[16], 16) % 4]
    return f"{made[:8]}-{made[8:12]}-5{made[13:16]}-{variant}{made[17:20]}-{made[20:32]}"


def reference_of(payment_id: str) -> str:
    """What the participants record a payment under: no public call can make this reference."""
    return f"payment:{payment_id}"
