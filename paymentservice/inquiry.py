"""What became of a payment, told from what the participants have recorded; paymentservice keeps nothing itself."""

import re
from typing import Any

from chassis.errors import Unavailable
from paymentservice.checkout import Participants
from paymentservice.domain import Payment, PaymentNotFound, reference_of
from paymentservice.gateways import Entry, Reservation
from paymentservice.promises import Answer, InDoubt, Promise

_PAYMENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def payment_status(shop: Participants, payment_id: str) -> Payment:
    """The payment's state now.

    Only what can never change again is told as completed or failed, so that no two answers contradict each other
    however the three reads interleave with the payment itself. Raises PaymentNotFound, Unavailable.
    """
    if not _PAYMENT_ID.fullmatch(payment_id):
        raise PaymentNotFound  # no payment was ever called so
    reference = reference_of(payment_id)
    asked = (
        shop.orders.find(reference, payment_id),
        shop.wallets.find(reference),
        shop.products.find(reference),
    )
    order, entry, reservation = (_answer(each) for each in asked)
    if order and order["order"]:
        return Payment.completed(order["order"])
    against = _decided_against(entry, reservation)
    if against:
        return Payment.failed(payment_id, against)
    if (entry and entry["entry"]) or (reservation and reservation["state"] in ("reserved", "sold")):
        return Payment.pending(payment_id)
    if None in (order, entry, reservation):
        raise Unavailable
    raise PaymentNotFound


def _decided_against(entry: Answer | None, reservation: Answer | None) -> str | None:
    if entry and entry["entry"] and not Entry.of(entry["entry"]).is_charged:
        return Entry.of(entry["entry"]).refusal
    if reservation and reservation["state"] in ("refused", "released"):
        return Reservation.of(reservation).code or "expired"
    return None


def _answer(promise: Promise) -> dict[str, Any] | None:
    try:
        return promise.answer()
    except InDoubt:
        return None
