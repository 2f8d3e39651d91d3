"""The four remote services as the checkout sees them: domain words in, recorded decisions out."""

from dataclasses import dataclass
from typing import Any, Protocol

from chassis import logs
from chassis.errors import Malformed
from paymentservice.batching import Batcher
from paymentservice.domain import REASONS, Memo, Purchase
from paymentservice.promises import Answer, InDoubt, Promise, Rejected
from paymentservice.remote import Remote

# Any other word is doubt: a decision that we cannot read is not a decision against the payment.
STATES = frozenset({"reserved", "sold", "refused", "released", "unknown", "key_reused"})
KINDS = frozenset({"charged", "declined", "voided"})
SETTLE_LINGER = 0.2  # seconds; nobody waits for it, and recovery takes up what is lost meanwhile


class MakeBatcher(Protocol):
    def __call__(self, remote: Remote, operation: str, *, linger: float = 0.0) -> Batcher: ...


@dataclass(frozen=True)
class Reservation:
    """What productservice has recorded for a reference."""

    state: str
    request_hash: str | None = None
    memo: dict[str, Any] | None = None
    code: str | None = None

    @classmethod
    def of(cls, answer: Answer) -> "Reservation":
        if answer["state"] not in STATES:
            raise InDoubt(f"an unknown state: {answer['state']}")
        return cls(answer["state"], answer.get("request_hash"), answer.get("memo"), answer.get("code"))


@dataclass(frozen=True)
class Entry:
    """What walletservice has recorded for a reference."""

    kind: str
    amount: int
    reason: str | None

    @classmethod
    def of(cls, answer: Answer) -> "Entry":
        if answer["kind"] not in KINDS:
            raise InDoubt(f"an unknown kind: {answer['kind']}")
        return cls(kind=answer["kind"], amount=answer["amount"], reason=answer.get("reason"))

    @property
    def is_charged(self) -> bool:
        return self.kind == "charged"

    @property
    def refusal(self) -> str:
        """The code of a decision against the payment: declined for a reason, or voided by recovery."""
        return "expired" if self.kind == "voided" else self.reason or "declined"


class Users:
    def __init__(self, remote: Remote, batched: MakeBatcher) -> None:
        self._find = batched(remote, "/internal/users/find")

    def find(self, purchase: Purchase) -> Promise:
        wish = purchase.wish
        return self._find.submit({**_command(purchase), "user_id": wish.user_id, "user_name": wish.user_name})


class Products:
    def __init__(self, remote: Remote, batched: MakeBatcher) -> None:
        self._remote = remote
        self._look = batched(remote, "/internal/products/look")
        self._deduct = batched(remote, "/internal/reservations/deduct")
        self._refuse = batched(remote, "/internal/reservations/refuse")
        self._release = batched(remote, "/internal/reservations/release")
        self._settle = batched(remote, "/internal/reservations/settle", linger=SETTLE_LINGER)
        self._find = batched(remote, "/internal/reservations/find")

    def look(self, purchase: Purchase) -> Promise:
        return self._look.submit({**_command(purchase), "product_name": purchase.wish.product_name})

    async def deduct(self, purchase: Purchase, *, price: int, memo: Memo) -> Reservation:
        """Reserve: the first decision under this reference, price and memo as then recorded. Raises InDoubt."""
        command = {
            **_hashed(purchase),
            "product_name": purchase.wish.product_name,
            "quantity": purchase.wish.quantity,
            "price": price,
            "memo": memo.model_dump(),
        }
        return Reservation.of(await self._deduct.submit(command))

    async def refuse(self, purchase: Purchase, *, code: str) -> Reservation:
        """Record a refusal, if nothing is decided yet; what is recorded then. Raises InDoubt."""
        return Reservation.of(await self._refuse.submit({**_hashed(purchase), **_against(code)}))

    async def release(self, reference: str, *, request_id: str, code: str) -> Reservation:
        """Give an open reservation's stock back. Raises InDoubt."""
        command = {"reference": reference, "request_id": request_id, **_against(code)}
        return Reservation.of(await self._release.submit(command))

    def settle(self, reference: str, *, request_id: str) -> Promise:
        """Count an open reservation as sold; nobody need wait for it."""
        return self._settle.submit({"reference": reference, "request_id": request_id})

    def find(self, reference: str) -> Promise:
        return self._find.submit({"reference": reference, "request_id": logs.current_request_id()})

    def claim(self, limit: int) -> list[Answer]:
        """Take up to `limit` reservations that stayed open too long; nobody else gets them for a while.

        Asked once: a second call would lease others, and nobody would take up the first.
        """
        claimed: list[Answer] = self._remote.call("/internal/reservations/claim", {"limit": limit}, tries=1)["answers"]
        return claimed


class Wallets:
    def __init__(self, remote: Remote, batched: MakeBatcher) -> None:
        self._look = batched(remote, "/internal/wallets/look")
        self._deduct = batched(remote, "/internal/wallets/deduct")
        self._void = batched(remote, "/internal/wallets/void")
        self._find = batched(remote, "/internal/ledger/find")

    def look(self, purchase: Purchase) -> Promise:
        return self._look.submit({**_command(purchase), **_holder(purchase)})

    async def deduct(self, purchase: Purchase, *, amount: int) -> Entry:
        """Charge `amount` cents: the first decision under this reference. Raises InDoubt."""
        return Entry.of(await self._deduct.submit({**_hashed(purchase), **_holder(purchase), "amount": amount}))

    async def void(self, reference: str, *, request_id: str) -> Entry:
        """Make an undecided charge a no; what is decided then. Raises InDoubt."""
        return Entry.of(await self._void.submit({"reference": reference, "request_id": request_id}))

    def find(self, reference: str) -> Promise:
        return self._find.submit({"reference": reference, "request_id": logs.current_request_id()})


class Orders:
    def __init__(self, remote: Remote, batched: MakeBatcher) -> None:
        self._remote = remote
        self._write = batched(remote, "/internal/orders/write")
        self._find = batched(remote, "/internal/orders/find")

    async def write(self, reference: str, *, request_id: str, order: dict[str, Any]) -> dict[str, Any]:
        """Write a completed order, if absent; the order as stored. Raises InDoubt."""
        answer = await self._write.submit({"reference": reference, "request_id": request_id, "order": order})
        written: dict[str, Any] = answer["order"]
        return written

    def find(self, reference: str, payment_id: str) -> Promise:
        request_id = logs.current_request_id()
        return self._find.submit({"reference": reference, "request_id": request_id, "order_id": payment_id})

    def completed(self, *, limit: int, after: str | None) -> list[dict[str, Any]]:
        """Completed orders, newest first. Raises Malformed for an `after` that names none, InDoubt."""
        try:
            answer = self._remote.call("/internal/orders/completed", {"limit": limit, "after": after})
        except Rejected as rejected:
            if rejected.status == 400:
                raise Malformed("after: must be the _id of an entry of this list.") from None
            raise
        orders: list[dict[str, Any]] = answer["answers"]
        return orders


def _command(purchase: Purchase) -> dict[str, Any]:
    return {"reference": purchase.reference, "request_id": purchase.request_id}


def _hashed(purchase: Purchase) -> dict[str, Any]:
    return {**_command(purchase), "request_hash": purchase.request_hash}


def _against(code: str) -> dict[str, str]:
    """What is recorded of a decision against a payment: the machine's word for it, and ours."""
    return {"code": code, "reason": REASONS.get(code, code)}


def _holder(purchase: Purchase) -> dict[str, Any]:
    return {"user_name": purchase.wish.user_name, "card_number": purchase.wish.card_number}
