"""Turns: one at a time, in the order of the line, and what else is ready between."""

import threading
from collections.abc import Callable

import pytest

from chassis.turns import Turns

LIMIT = 5.0  # seconds; reached only by a test that fails


class Loop:
    """An event loop's callbacks, called when a test says so."""

    def __init__(self) -> None:
        self.ready: list[Callable[[], object]] = []

    def later(self, call: Callable[[], object]) -> None:
        self.ready.append(call)

    def turn(self) -> None:
        self.ready.pop(0)()


@pytest.fixture
def loop() -> Loop:
    return Loop()


def test_where_nobody_takes_turns_nobody_waits() -> None:
    done: list[str] = []
    turns = Turns()
    turns.wait()
    turns.call(lambda: done.append("a"))
    assert done == ["a"]


def test_each_has_its_turn_and_what_else_is_ready_comes_between(loop: Loop) -> None:
    done: list[str] = []
    turns = Turns()
    turns.one_at_a_time(loop.later)
    for name in "abc":
        turns.call(lambda name=name: done.append(name))  # type: ignore[misc]
    assert (done, len(loop.ready)) == (["a"], 1), "the first goes at once; of the others none is ready before its turn"
    for number in (1, 2):
        loop.later(lambda number=number: done.append(f"another's {number}"))  # type: ignore[misc]
        loop.turn()
        loop.turn()
    assert done == ["a", "b", "another's 1", "c", "another's 2"]


def test_a_line_that_was_empty_begins_anew(loop: Loop) -> None:
    done: list[str] = []
    turns = Turns()
    turns.one_at_a_time(loop.later)
    for name in "ab":
        turns.call(lambda name=name: done.append(name))  # type: ignore[misc]
        loop.turn()
        assert loop.ready == []
    assert done == ["a", "b"]


def test_who_fails_holds_up_nobody(loop: Loop) -> None:
    done: list[str] = []
    turns = Turns()
    turns.one_at_a_time(loop.later)
    turns.call(lambda: done.append("a"))
    turns.call(lambda: done.remove("nothing"))
    turns.call(lambda: done.append("b"))
    with pytest.raises(ValueError):
        loop.turn()
    loop.turn()
    assert done == ["a", "b"]


def test_who_waits_goes_on_at_its_turn(loop: Loop) -> None:
    turns = Turns()
    turns.one_at_a_time(loop.later)
    turns.wait()  # who comes first goes on at once
    waiting = threading.Thread(target=turns.wait, daemon=True)
    waiting.start()
    while not turns._line:
        assert waiting.is_alive()
    loop.turn()
    waiting.join(LIMIT)
    assert not waiting.is_alive()
