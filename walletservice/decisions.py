"""The rules of the ledger: what is asked of a wallet, what is decided, and how the first answer is told ever after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chassis.errors import KeyReused, Refusal
from chassis.fields import MAX_BALANCE
from walletservice.domain import BalanceLimit, InsufficientFunds, Voided, Wallet, WalletKey, WalletNotFound

Kind = Literal["charged", "declined", "voided", "credited", "debited"]
REFUSALS: Mapping[str | None, type[Refusal]] = {
    each.code: each for each in (WalletNotFound, InsufficientFunds, BalanceLimit)
}


@dataclass(frozen=True)
class Movement:
    """Money asked into a wallet (credited) or out of it (charged by a payment, debited by a public call)."""

    reference: str
    request_hash: str
    user_name: str
    card_number: str
    amount: int
    kind: Literal["charged", "credited", "debited"]

    @property
    def wallet(self) -> WalletKey:
        return self.user_name, self.card_number


@dataclass(frozen=True)
class Account:
    """A wallet while it is held: its number and its cents."""

    id: int
    amount: int


@dataclass(frozen=True)
class Entry:
    """What the ledger holds for a reference, for good."""

    reference: str
    kind: Kind
    amount: int = 0
    reason: str | None = None
    request_hash: str | None = None
    wallet_id: int | None = None
    balance_after: int | None = None

    def to_answer(self) -> dict[str, Any]:
        return {"kind": self.kind, "amount": self.amount, "reason": self.reason}


def decide(movements: Iterable[Movement], accounts: Mapping[WalletKey, Account]) -> list[Entry]:
    """Decide one movement after the other, each on the balance that those before it left."""
    balances = dict(accounts)
    entries = []
    for movement in movements:
        entry = _decide_one(movement, balances.get(movement.wallet))
        if entry.wallet_id is not None and entry.balance_after is not None:
            balances[movement.wallet] = Account(entry.wallet_id, entry.balance_after)
        entries.append(entry)
    return entries


def void(references: Iterable[str]) -> list[Entry]:
    """Say no to what nobody has decided yet."""
    return [Entry(reference, "voided") for reference in references]


def told(entry: Entry, movement: Movement) -> Wallet:
    """The wallet as the recorded movement left it. Raises KeyReused, and whatever was the answer the first time."""
    if entry.kind == "voided":
        raise Voided
    if entry.request_hash != movement.request_hash:
        raise KeyReused
    if entry.balance_after is None:
        raise REFUSALS[entry.reason]
    return Wallet(
        id=str(entry.wallet_id),
        user_name=movement.user_name,
        card_number=movement.card_number,
        amount=entry.balance_after,
    )


def _decide_one(movement: Movement, account: Account | None) -> Entry:
    if account is None:
        return _declined(movement, account, WalletNotFound)
    signed = movement.amount if movement.kind == "credited" else -movement.amount
    balance_after = account.amount + signed
    if balance_after < 0:
        return _declined(movement, account, InsufficientFunds)
    if balance_after > MAX_BALANCE:
        return _declined(movement, account, BalanceLimit)
    return Entry(
        movement.reference,
        movement.kind,
        amount=movement.amount,
        request_hash=movement.request_hash,
        wallet_id=account.id,
        balance_after=balance_after,
    )


def _declined(movement: Movement, account: Account | None, refusal: type[Refusal]) -> Entry:
    return Entry(
        movement.reference,
        "declined",
        amount=movement.amount,
        reason=refusal.code,
        request_hash=movement.request_hash,
        wallet_id=account.id if account else None,
    )
