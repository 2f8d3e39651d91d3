"""What the shop promises: at every moment, and once recovery has passed."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TypeAlias

from tests.model.checkout import hear
from tests.model.participants import deliver
from tests.model.processes import Process, Word, sweeping
from tests.model.records import NOTHING, UNREACHABLE, Stores, letter
from tests.model.rules import Rules

Told: TypeAlias = frozenset[tuple[int, str, Word]]  # reference, the body its customer sent, what the customer heard

HELD = ("reserved", "sold")


@cache
def broken_now(stores: Stores, told: Told) -> tuple[str, ...]:
    """The promises broken at this moment."""
    found = [*books(stores)]
    for reference in stores.payments:
        found += payment(stores, reference)
        found += words(stores, reference, told)
    return tuple(dict.fromkeys(found))


@cache
def broken_after_recovery(stores: Stores, told: Told, rules: Rules) -> Mapping[str, str]:
    """The promises broken if all die at this moment and recovery runs; and how it ran."""
    found: dict[str, str] = {}
    for unwritable in (None, *stores.payments):
        plight = "" if unwritable is None else f" and cannot write order {letter(unwritable)} at first"
        for promise in broken_by_recovery(stores, told, rules, unwritable):
            found.setdefault(promise, f"everybody dies here; recovery runs{plight}")
    return found


def broken_by_recovery(stores: Stores, told: Told, rules: Rules, unwritable: int | None) -> Iterator[str]:
    """Sweep twice. By the second time every order can be written."""
    for first in sweep(stores, rules, unwritable):
        yield from unfinished(first, unwritable)
        for last in sweep(first, rules, None):
            yield from unfinished(last, None)
            yield from broken_now(last, told)


def books(stores: Stores) -> Iterator[str]:
    """Every piece and every cent is somewhere."""
    if stores.stocked != stores.left + sum(record.state in HELD for record in stores.reservations):
        yield "stock miscounted"
    if stores.funds != stores.balance + sum(record.amount for record in stores.ledger):
        yield "money miscounted"


def payment(stores: Stores, reference: int) -> Iterator[str]:
    """Stock, charge and order of one payment agree."""
    reservation, entry, order = stores.reservations[reference], stores.ledger[reference], stores.orders[reference]
    charged, held, ordered = entry.state == "charged", reservation.state in HELD, order != NOTHING
    if ordered and not charged:
        yield "order without a charge"
    if ordered and not held:
        yield "order without stock"
    if charged and not held:
        yield "charge without stock"
    if charged and held and entry.amount != reservation.amount:
        yield "charged another price than reserved"
    if charged and ordered and entry.amount != order.amount:
        yield "ordered at another price than charged"
    if reservation.state == "sold" and not charged:
        yield "sold without a charge"
    if reservation.state == "sold" and not ordered:
        yield "sold without an order"


def words(stores: Stores, reference: int, told: Told) -> Iterator[str]:
    """Nobody is told two things about one payment, nor anything untrue."""
    heard = {word for about, _, word in told if about == reference}
    ordered = stores.orders[reference] != NOTHING
    if heard == {"completed", "failed"}:
        yield "told both completed and failed"
    if "failed" in heard and ordered:
        yield "told failed, an order exists"
    if "completed" in heard and not ordered:
        yield "told completed, no order exists"
    pleased = {body for about, body, word in told if about == reference and word == "completed" and body}
    reserved = stores.reservations[reference]
    if reserved != NOTHING and pleased - {reserved.body}:
        yield "told completed for another request"


def unfinished(stores: Stores, unwritable: int | None) -> Iterator[str]:
    """Nothing is left lying about, but for a payment whose order cannot be written yet."""
    for reference in stores.payments:
        if reference == unwritable:
            continue
        if stores.reservations[reference].state == "reserved":
            yield "stock held for ever"
        if stores.ledger[reference].state == "charged" and stores.orders[reference] == NOTHING:
            yield "charged, never an order"


def sweep(stores: Stores, rules: Rules, unwritable: int | None) -> list[Stores]:
    """All that one whole sweep, undisturbed, may leave behind."""
    ends = [stores]
    for reference in stores.payments:
        ends = [end for begun in ends for end in recover(begun, reference, rules, unwritable)]
        failing = reference == unwritable and any(end.reservations[reference].state == "reserved" for end in ends)
        if failing and not rules.one_failure_blocks_no_other:
            break
    return ends


def recover(stores: Stores, reference: int, rules: Rules, unwritable: int | None) -> Iterator[Stores]:
    """Bring one payment to its end."""
    reservation = stores.reservations[reference]
    if reservation.state == "reserved":
        yield from follow(sweeping(reference, reservation), stores, rules, unwritable)
    else:
        yield stores


def follow(process: Process, stores: Stores, rules: Rules, unwritable: int | None) -> Iterator[Stores]:
    """Play a sweeper until it looks for other work."""
    if process.command.operation == "find":
        yield stores
        return
    cannot = process.command.operation == "order" and process.command.reference == unwritable
    for outcome in deliver(stores, (process.command,), rules):
        answer = outcome.answers[0]
        if (answer == UNREACHABLE) is cannot:
            following = hear(process, answer, rules).process
            assert following is not None, "a sweeper never ends"
            yield from follow(following, outcome.stores, rules, unwritable)
