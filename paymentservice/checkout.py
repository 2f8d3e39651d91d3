"""The checkout: how a wish becomes an order, and why nothing is lost on the way.

Every step is decided once by the service that owns it, recorded under the payment's reference, and answered the
same way ever after. So the whole may be run again, by anyone, at any time, and even at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from chassis.errors import KeyReused
from paymentservice.crowd import Crowd
from paymentservice.domain import Memo, Payment, PaymentRefused, PaymentUnavailable, Purchase
from paymentservice.gateways import Entry, Orders, Products, Reservation, Users, Wallets
from paymentservice.promises import Answer, InDoubt, Promise, carry_out

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Participants:
    users: Users
    products: Products
    wallets: Wallets
    orders: Orders
    crowd: Crowd


class Checkout:
    """Pays for one purchase, step by step. Each `await` is a call to another service, shared with other purchases."""

    def __init__(self, shop: Participants, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._shop = shop
        self._now = now

    def pay(self, purchase: Purchase) -> Payment:
        """A completed payment, or a pending one that recovery will finish.

        Raises:
            PaymentRefused: recorded; asking again gives the same.
            KeyReused: another body was sent under this key.
            PaymentUnavailable: this call charged nothing, nor will anything be, unless the customer sends it again.
        """
        with self._shop.crowd:
            return carry_out(self._pay(purchase))

    async def _pay(self, purchase: Purchase) -> Payment:
        try:
            reservation = await self._reserve(purchase)
        except InDoubt as doubt:
            log.warning("payment not begun", reference=purchase.reference, doubt=str(doubt))
            raise PaymentUnavailable from None
        _check(reservation, purchase)
        try:
            if reservation.state == "sold" and (order := await self._written(purchase)):
                return Payment.completed(order)
            memo = _memo_of(reservation)
            await self._charge(purchase, memo)
            return await self._complete(purchase, memo)
        except InDoubt as doubt:
            # The money may have moved: never guess, never undo on doubt.
            log.warning("payment in doubt", reference=purchase.reference, doubt=str(doubt))
            return Payment.pending(purchase.payment_id)

    async def _reserve(self, purchase: Purchase) -> Reservation:
        """Look first, write nothing; then take the stock, or record why not."""
        await self._shop.crowd.set_out()
        user = self._shop.users.find(purchase)
        wallet = self._shop.wallets.look(purchase)
        product = await self._shop.products.look(purchase)
        if product["reservation"] is not None:
            return Reservation.of(product["reservation"])
        refusal = await _refusal(purchase, user, product, wallet)
        if refusal:
            return await self._shop.products.refuse(purchase, code=refusal)
        price = product["product"]["price"]
        return await self._shop.products.deduct(purchase, price=price, memo=self._memo(purchase, price))

    async def _charge(self, purchase: Purchase, memo: Memo) -> None:
        """The pivot: money moves here, once, and what follows must happen."""
        entry = await self._shop.wallets.deduct(purchase, amount=memo.amount)
        if not entry.is_charged:
            await self._give_back(purchase, entry)
            raise PaymentRefused(entry.refusal)

    async def _give_back(self, purchase: Purchase, entry: Entry) -> None:
        """The wallet's no is final whether or not the stock is back already: recovery releases what this cannot."""
        try:
            await self._shop.products.release(purchase.reference, request_id=purchase.request_id, code=entry.refusal)
        except InDoubt as doubt:
            log.warning("release left to recovery", reference=purchase.reference, doubt=str(doubt))

    async def _complete(self, purchase: Purchase, memo: Memo) -> Payment:
        """The order is written last and only now; settling is nobody's wait."""
        order = await self._shop.orders.write(
            purchase.reference, request_id=purchase.request_id, order=memo.order(purchase.payment_id)
        )
        self._shop.products.settle(purchase.reference, request_id=purchase.request_id)
        return Payment.completed(order)

    async def _written(self, purchase: Purchase) -> dict[str, Any] | None:
        order: dict[str, Any] | None = (await self._shop.orders.find(purchase.reference, purchase.payment_id))["order"]
        return order

    def _memo(self, purchase: Purchase, price: int) -> Memo:
        wish = purchase.wish
        return Memo(
            user_id=wish.user_id,
            user_name=wish.user_name,
            product_name=wish.product_name,
            quantity=wish.quantity,
            amount=price * wish.quantity,
            datetime=self._now().isoformat(timespec="seconds"),
            request_id=purchase.request_id,
        )


async def _refusal(purchase: Purchase, user: Promise, product: Answer, wallet: Promise) -> str | None:
    """Why the look says no, if it does. A wallet that has decided already outweighs any look. Raises InDoubt."""
    funds = await wallet
    if funds["entry"] is not None:
        return "product_not_found" if product["product"] is None else None
    if not (await user)["known"]:
        return "user_not_found"
    if product["product"] is None:
        return "product_not_found"
    if product["product"]["quantity"] < purchase.wish.quantity:
        return "out_of_stock"
    if funds["amount"] is None:
        return "wallet_not_found"
    return "insufficient_funds" if funds["amount"] < product["product"]["price"] * purchase.wish.quantity else None


def _check(reservation: Reservation, purchase: Purchase) -> None:
    """Let pass a reservation that is this purchase's own and holds stock. Raises KeyReused, PaymentRefused."""
    if reservation.state == "key_reused" or reservation.request_hash != purchase.request_hash:
        raise KeyReused
    if reservation.state in ("refused", "released"):
        raise PaymentRefused(reservation.code or "expired")


def _memo_of(reservation: Reservation) -> Memo:
    """What was recorded. Raises InDoubt where it is gone though there is no order either: an audit's case."""
    if reservation.memo is None:
        raise InDoubt(f"{reservation.state}, and neither memo nor order")
    return Memo.model_validate(reservation.memo)
