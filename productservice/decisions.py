"""The sticky decisions about stock: what is recorded under each reference, and the rules by which a list is decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chassis.errors import KeyReused, Refusal
from productservice.commands import Deduct, Refuse, Release, Take
from productservice.domain import REFUSALS, OutOfStock, PriceChanged, Product, ProductNotFound

_KEPT = {"reference", "request_hash", "product_name", "quantity", "price", "memo"}  # of a command, in its record


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """What is recorded under a reference: reserved, sold, released or refused.

    `unknown` tells that nothing is; `key_reused`, that what is was decided for another body, and nothing else.
    """

    reference: str
    state: str
    request_hash: str | None = None
    product_name: str | None = None
    quantity: int | None = None
    price: int | None = None
    memo: dict[str, Any] | None = None
    code: str | None = None
    reason: str | None = None
    answer: Product | None = None  # what a customer who took pieces was told, and is told again

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "answer"}

    def outcome(self) -> Product:
        """The product after pieces were taken. Raises KeyReused, or the refusal that was recorded."""
        if self.state == "key_reused":
            raise KeyReused
        if self.answer is None:
            raise REFUSALS[str(self.code)]
        return self.answer


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A reservation nobody has settled in time, and how often it was claimed."""

    reservation: Reservation
    attempts: int

    def to_json(self) -> dict[str, Any]:
        return {**self.reservation.to_json(), "attempts": self.attempts}


@dataclass(frozen=True)
class Decisions:
    """The outcome of a list: what to answer, one by one, and what of it is new and to be written."""

    answers: list[Reservation]
    fresh: list[Reservation]


def decide(
    commands: Sequence[Take | Refuse], recorded: Mapping[str, Reservation], shelf: Mapping[str, Product]
) -> Decisions:
    """Decide one command after the other. What is recorded wins, whatever else has changed since."""
    known, left, fresh = dict(recorded), dict(shelf), []
    for command in commands:
        if command.reference not in known:
            known[command.reference] = _first_decision(command, left)
            fresh.append(known[command.reference])
    return Decisions([_answer(command, known[command.reference]) for command in commands], fresh)


def grant_all(commands: Sequence[Take | Refuse]) -> list[Reservation] | None:
    """What is decided where nothing stands in the way: no reference was used before, the prices are those of the shelf,
    and there are pieces for all. None where the list itself stands in the way."""
    deducts = [each for each in commands if isinstance(each, Deduct)]
    prices = {(each.product_name, each.price) for each in deducts}
    once = len({each.reference for each in deducts}) == len(commands)
    if not deducts or not once or len(prices) > len({name for name, _ in prices}):
        return None
    return [replace(_asked(each), state="reserved") for each in deducts]


def release(commands: Sequence[Release], recorded: Mapping[str, Reservation]) -> Decisions:
    """Give back what is still reserved, and nothing twice."""
    known, fresh = dict(recorded), []
    for command in commands:
        before = known.get(command.reference)
        if before is not None and before.state == "reserved":
            after = replace(before, state="released", code=command.code, reason=command.reason)
            known[command.reference] = after
            fresh.append(after)
    return Decisions([known.get(each.reference) or unknown(each.reference) for each in commands], fresh)


def unknown(reference: str) -> Reservation:
    return Reservation(reference=reference, state="unknown")


def pieces(reservations: Iterable[Reservation]) -> dict[str, int]:
    """How many pieces of each product these reservations name together."""
    total: dict[str, int] = {}
    for each in reservations:
        if each.product_name and each.quantity:
            total[each.product_name] = total.get(each.product_name, 0) + each.quantity
    return total


def _answer(command: Take | Refuse, recorded: Reservation) -> Reservation:
    if recorded.request_hash != command.request_hash:
        return Reservation(reference=command.reference, state="key_reused")
    return recorded


def _first_decision(command: Take | Refuse, left: dict[str, Product]) -> Reservation:
    """Decide, and take what is granted from `left`."""
    if isinstance(command, Refuse):
        return _refused(command, command.code, command.reason)
    product = left.get(command.product_name)
    if product is None:
        return _refused(command, ProductNotFound.code, ProductNotFound.sentence)
    refusal = _refusal(command, product)
    if refusal is not None:
        return _refused(command, refusal.code, refusal.sentence)
    after = left[product.product_name] = product.with_quantity(product.quantity - command.quantity)
    if isinstance(command, Deduct):
        return replace(_asked(command), state="reserved")
    return replace(_asked(command), state="sold", price=product.price, answer=after)


def _refusal(command: Take, product: Product) -> type[Refusal] | None:
    if isinstance(command, Deduct) and command.price != product.price:
        return PriceChanged
    return OutOfStock if command.quantity > product.quantity else None


def _refused(command: Take | Refuse, code: str, reason: str | None) -> Reservation:
    return replace(_asked(command), state="refused", code=code, reason=reason)


def _asked(command: Take | Refuse) -> Reservation:
    """What every record of a command holds, whatever is decided."""
    return Reservation(state="undecided", **{name: value for name, value in command if name in _KEPT})
