"""The three services that decide: every way in which each may answer a list of commands, and what it then holds."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, TypeAlias

from tests.model.records import ANOTHER_BODY, NOTHING, UNREACHABLE, Call, Command, Record, Stores
from tests.model.rules import Rules

Decision: TypeAlias = tuple[Record, Stores]  # an answer, and the stores after it


class Outcome(NamedTuple):
    """One way a call may go: an answer for each command, and the stores after it."""

    answers: tuple[Record, ...]
    stores: Stores
    aborted: bool = False  # at first; then it was run again


@cache
def deliver(stores: Stores, call: Call, rules: Rules) -> tuple[Outcome, ...]:
    """Every way a call may go: committed at once, or aborted, rolled back and run again."""
    outcomes = {(straight.answers, straight.stores): straight for straight in run(stores, call, rules)}
    for first in tuple(outcomes.values()):
        for again in run_again(first, stores, call, rules):
            outcomes.setdefault((again.answers, again.stores), again)
    return tuple(outcomes.values())


def run_again(first: Outcome, stores: Stores, call: Call, rules: Rules) -> Iterator[Outcome]:
    """Every way the second run may go, when the first was aborted at its very end."""
    for second in run(rolled_back(first.stores, stores, rules), call, rules):
        kept = second if rules.aborted_answers_are_forgotten else first
        yield Outcome(kept.answers, second.stores, aborted=True)


def run(stores: Stores, call: Call, rules: Rules) -> Iterator[Outcome]:
    """Decide one command after the other, in one transaction."""
    partial = [Outcome((), stores)]
    for command in call:
        partial = [
            Outcome((*so_far.answers, answer), after)
            for so_far in partial
            for answer, after in decide(so_far.stores, command, known_to(so_far.stores, stores, rules), rules)
        ]
    yield from partial


def known_to(so_far: Stores, at_first: Stores, rules: Rules) -> Stores:
    """The records a command is checked against; stale ones if all were read before the list began."""
    return so_far if rules.lists_are_deduplicated else at_first


def rolled_back(aborted: Stores, before: Stores, rules: Rules) -> Stores:
    """What an aborted list leaves: nothing, unless the counts are kept outside the transaction."""
    return before if rules.lists_are_atomic else before._replace(left=aborted.left, balance=aborted.balance)


def decide(stores: Stores, command: Command, known: Stores, rules: Rules) -> Iterator[Decision]:
    """Every answer to one command. A first decision may always go either way, and it is the last."""
    if command.operation == "order":
        return orderservice(stores, command, known.orders[command.reference])
    if command.operation in ("charge", "void", "debit"):
        return walletservice(stores, command, known.ledger[command.reference], rules)
    return productservice(stores, command, known.reservations[command.reference], rules)


def productservice(stores: Stores, command: Command, recorded: Record, rules: Rules) -> Iterator[Decision]:
    """Holds the stock, and is the first to see a payment: so it also remembers the body that came with it."""
    if command.operation in ("release", "settle"):
        yield close(stores, command, recorded)
    elif recorded != NOTHING:
        conflict = rules.bodies_are_compared and recorded.body != command.body
        yield ANOTHER_BODY if conflict else recorded, stores
    else:
        yield from decide_stock(stores, command, rules)


def close(stores: Stores, command: Command, recorded: Record) -> Decision:
    """End a reservation, if it is still open."""
    if recorded.state != "reserved":
        return recorded, stores
    if command.operation == "settle":
        closed, back = recorded._replace(state="sold"), 0
    else:
        closed, back = recorded._replace(state="released"), 1
    return closed, stores.reserve(command.reference, closed, pieces=-back)


def decide_stock(stores: Stores, command: Command, rules: Rules) -> Iterator[Decision]:
    """Hold a piece at the price asked, if that is still the price; or refuse."""
    if command.operation != "refuse" and stores.left > 0 and command.amount == stores.prices[0]:
        held = Record("sold" if command.operation == "take" else "reserved", command.amount, command.body)
        yield held, stores.reserve(command.reference, held, pieces=1)
    refused = Record("refused", body=command.body)
    forgotten = command.operation == "reserve" and not rules.sticky_stock
    yield refused, stores if forgotten else stores.reserve(command.reference, refused, pieces=0)


def walletservice(stores: Stores, command: Command, recorded: Record, rules: Rules) -> Iterator[Decision]:
    """Moves money once; a "no" written first keeps it from moving ever."""
    if recorded != NOTHING:
        yield recorded, stores
        return
    if command.operation != "void" and stores.balance >= command.amount:
        charged = Record("charged", command.amount)
        yield charged, stores.enter(command.reference, charged)
    declined = Record("declined")
    written = rules.void_writes_a_no if command.operation == "void" else rules.sticky_wallet
    yield declined, stores.enter(command.reference, declined) if written else stores


def orderservice(stores: Stores, command: Command, recorded: Record) -> Iterator[Decision]:
    """Writes an order if it is absent; at times it cannot."""
    yield UNREACHABLE, stores
    if recorded != NOTHING:
        yield recorded, stores
    else:
        order = Record("completed", command.amount)
        yield order, stores.order(command.reference, order)
