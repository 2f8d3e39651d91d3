"""A world of the model, all that there is at one moment; and the shapes in which it may begin."""

from typing import NamedTuple

from tests.model.processes import SWEEPER, Process, Turn, observer, payer, spoken, stranger
from tests.model.promises import Told
from tests.model.records import NOTHING, Command, Stores, reference_of
from tests.model.rules import Rules

FINAL = ("completed", "failed")  # "pending" and "turned away" promise nothing


class Shape(NamedTuple):
    """Who takes part, and what there is to sell and to spend."""

    payers: str = "A A"  # a letter each: the key they pay under; a mark behind it: with another body
    sweepers: int = 1
    observers: int = 0
    strangers: int = 0
    prices: tuple[int, ...] = (1,)
    stocked: int = 2
    funds: int = 3


class World(NamedTuple):
    """All there is at one moment.

    Any command ever sent may arrive at any later moment, for the first time or again, and nobody waits for its answer.
    They are kept one by one: a list that comes late can do no more than its commands coming late one after the other.
    """

    stores: Stores
    processes: tuple[Process, ...]  # sorted: who is who makes no difference
    sent: frozenset[Command]
    told: Told


def opening(shape: Shape, rules: Rules) -> World:
    """The world before anything happened."""
    bodies = shape.payers.split()
    payments = len({reference_of(body) for body in bodies})
    rows = (NOTHING,) * (payments + shape.strangers)
    stores = Stores(shape.prices, shape.stocked, shape.stocked, shape.funds, shape.funds, rows, rows, rows[:payments])
    processes = (
        *(payer(reference_of(body), body) for body in bodies),
        *(SWEEPER for _ in range(shape.sweepers)),
        *(observer(0) for _ in range(shape.observers)),
        *(stranger(payments if rules.references_have_namespaces else 0, 1) for _ in range(shape.strangers)),
    )
    return World(stores, tuple(sorted(processes)), frozenset(), frozenset())


def proceed(world: World, actors: tuple[Process, ...], turns: tuple[Turn, ...]) -> World:
    """The actors go on to their next step, and their customers hear what they say."""
    processes, told = list(world.processes), set(world.told)
    for actor, turn in zip(actors, turns, strict=True):
        processes.remove(actor)
        if turn.process is not None:
            processes.append(turn.process)
        word = spoken(actor, turn)
        if word in FINAL:
            told.add((actor.command.reference, actor.body, word))
    return world._replace(processes=tuple(sorted(processes)), told=frozenset(told))
