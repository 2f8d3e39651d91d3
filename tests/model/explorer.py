"""The search: from one opening, every world that can come to be, and the shortest story of each broken promise."""

from collections import deque
from typing import NamedTuple

from tests.model.processes import Word
from tests.model.promises import broken_after_recovery, broken_now
from tests.model.rules import AS_DESIGNED, Rules
from tests.model.steps import steps
from tests.model.story import Move, Story, retell
from tests.model.world import Shape, World, opening


class Exploration(NamedTuple):
    """What a search found."""

    states: int
    heard: frozenset[Word]
    stories: dict[str, Story]


def explore(shape: Shape, rules: Rules = AS_DESIGNED) -> Exploration:
    """Breadth first, so that a story found is a shortest one; one that needs no recovery is preferred.

    What may follow from a world in which a promise is broken already is not asked.
    """
    start = opening(shape, rules)
    came_from: dict[World, tuple[World, Move] | None] = {start: None}
    waiting, at_once, in_the_end = deque([start]), dict[str, Story](), dict[str, Story]()
    while waiting:
        world = waiting.popleft()
        now = broken_now(world.stores, world.told)
        for promise in now:
            at_once.setdefault(promise, retell(promise, start.processes, path(world, came_from)))
        if now:
            continue
        for promise, ending in broken_after_recovery(world.stores, world.told, rules).items():
            in_the_end.setdefault(promise, retell(promise, start.processes, path(world, came_from), ending))
        for move, after in steps(world, rules):
            if after not in came_from:
                came_from[after] = (world, move)
                waiting.append(after)
    heard = frozenset(word for world in came_from for _, _, word in world.told)
    return Exploration(len(came_from), heard, in_the_end | at_once)


def path(world: World, came_from: dict[World, tuple[World, Move] | None]) -> list[Move]:
    """The moves that led to a world."""
    moves = []
    while (origin := came_from[world]) is not None:
        world, move = origin
        moves.append(move)
    return moves[::-1]
