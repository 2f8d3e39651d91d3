"""Everything that may happen next in a world."""

from collections.abc import Iterator
from itertools import combinations
from typing import TypeAlias

from tests.model.checkout import hear, hear_nothing, read
from tests.model.participants import Outcome, deliver
from tests.model.processes import Process
from tests.model.records import NOTHING, READINGS, Record, letter
from tests.model.rules import Rules
from tests.model.story import Event, Move
from tests.model.world import World, proceed

Step: TypeAlias = tuple[Move, World]


def steps(world: World, rules: Rules) -> Iterator[Step]:
    """Everything that may happen next."""
    yield from passing_time(world, rules)
    yield from late_arrivals(world, rules)
    for process in dict.fromkeys(world.processes):
        if process.command.operation in READINGS:
            yield from reading(world, process, rules)
        else:
            yield from sending(world, (process,), rules)
    for one, other in dict.fromkeys(combinations(world.processes, 2)):
        if one.command.operation == other.command.operation not in READINGS:
            yield from sending(world, (one, other), rules)


def passing_time(world: World, rules: Rules) -> Iterator[Step]:
    """What changes though nobody of the checkout does anything."""
    stores = world.stores
    if len(stores.prices) > 1:
        repriced = stores._replace(prices=stores.prices[1:])
        yield Move("by itself", text="the price changes"), world._replace(stores=repriced)
    for reference in () if rules.records_never_expire else stores.payments:
        if stores.reservations[reference].state in ("refused", "released"):
            forgotten = stores.reserve(reference, NOTHING, pieces=0)
            move = Move("by itself", text=f"the refusal of {letter(reference)} expires")
            yield move, world._replace(stores=forgotten)


def late_arrivals(world: World, rules: Rules) -> Iterator[Step]:
    """A command sent before arrives. Sorted, so that the same story is found each time."""
    for command in sorted(world.sent):
        for outcome in deliver(world.stores, (command,), rules):
            if outcome.stores != world.stores:
                move = Move("late", call=(command,), answers=outcome.answers)
                yield move, world._replace(stores=outcome.stores)


def reading(world: World, process: Process, rules: Rules) -> Iterator[Step]:
    """A process reads, and decides what to do."""
    for seen, turn in read(process, world.stores, rules):
        move = Move("answered", (process,), (turn,), (process.command,), (seen,))
        yield move, proceed(world, (process,), (turn,))


def sending(world: World, senders: tuple[Process, ...], rules: Rules) -> Iterator[Step]:
    """Processes that wait for the same service share one call, and each gets an answer, or none."""
    call = tuple(process.command for process in senders)
    sent = world._replace(sent=world.sent.union(call))
    turns = tuple(hear_nothing(process, rules) for process in senders)
    yield Move("unanswered", senders, turns, call), proceed(sent, senders, turns)
    for outcome in deliver(world.stores, call, rules):
        for event, answers in ways_back(outcome, rules):
            turns = tuple(hear(process, answer, rules) for process, answer in zip(senders, answers, strict=True))
            move = Move(event, senders, turns, call, answers)
            yield move, proceed(sent._replace(stores=outcome.stores), senders, turns)


def ways_back(outcome: Outcome, rules: Rules) -> Iterator[tuple[Event, tuple[Record, ...]]]:
    """The orders in which answers may be matched to the commands of a list."""
    yield "aborted" if outcome.aborted else "answered", outcome.answers
    if len(outcome.answers) > 1 and not rules.answers_keep_their_reference:
        yield "swapped", outcome.answers[::-1]
