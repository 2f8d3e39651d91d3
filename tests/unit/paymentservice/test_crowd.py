"""Who sets out together: as many as can be expected, and nobody waits for long."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from chassis.internal import MAX_COMMANDS
from paymentservice.crowd import FORGOTTEN, PATIENCE, Crowd
from paymentservice.promises import Promise

LIMIT = 5.0  # seconds; reached only by a test that fails


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that stands, so that nobody waits too long, until the test is over."""
    clock = Clock()
    yield clock
    clock.seconds += 1000


def filled(crowd: Crowd, count: int) -> ExitStack:
    stack = ExitStack()
    for _ in range(count):
        stack.enter_context(crowd)
    return stack


class Customers:
    """Who has set out."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self.gone: list[str] = []

    def arrive(self, name: str) -> None:
        def go() -> None:
            self.gone.append(name)

        if not self._crowd.set_out().when_kept(go):
            go()


def test_who_is_alone_can_expect_nobody_else(clock: Clock) -> None:
    crowd = Crowd(clock)
    assert crowd.expected() == 0
    with crowd:
        assert crowd.expected() == 1


def test_all_who_are_here_can_be_expected_up_to_a_full_list(clock: Clock) -> None:
    crowd = Crowd(clock)
    with filled(crowd, 33):
        assert crowd.expected() == 33
    with filled(crowd, MAX_COMMANDS + 1):
        assert crowd.expected() == MAX_COMMANDS


def test_those_who_have_just_been_answered_can_be_expected_again(clock: Clock) -> None:
    crowd = Crowd(clock)
    with filled(crowd, 32):
        pass
    assert crowd.expected() == 32
    clock.seconds += FORGOTTEN
    assert crowd.expected() == 11  # a third
    clock.seconds += 10 * FORGOTTEN
    assert crowd.expected() == 0


def test_a_crowd_that_grows_is_known_at_once(clock: Clock) -> None:
    crowd = Crowd(clock)
    with filled(crowd, 4):
        pass
    clock.seconds += FORGOTTEN / 100
    with filled(crowd, 10):
        assert crowd.expected() == 10


def test_who_leaves_in_anger_has_left(clock: Clock) -> None:
    crowd = Crowd(clock)
    with crowd, pytest.raises(KeyError), crowd:
        raise KeyError
    clock.seconds += 10 * FORGOTTEN
    assert crowd.expected() == 0


def test_who_is_alone_sets_out_at_once(clock: Clock) -> None:
    crowd = Crowd(clock)
    customers = Customers(crowd)
    with crowd:
        customers.arrive("a")
        assert customers.gone == ["a"]


def test_all_who_are_expected_set_out_together(clock: Clock) -> None:
    crowd = Crowd(clock)
    customers = Customers(crowd)
    with filled(crowd, 3):
        for name in "ab":
            customers.arrive(name)
            assert customers.gone == []
        customers.arrive("c")
        assert sorted(customers.gone) == ["a", "b", "c"]
        customers.arrive("d")
        assert len(customers.gone) == 3, "the next list is another one"


def leaves_after(promise: Promise, began: float) -> float:
    """Seconds from `began` until who waits sets out."""
    gone = threading.Event()
    if promise.when_kept(gone.set):
        assert gone.wait(LIMIT)
    return time.monotonic() - began


def test_who_has_waited_long_enough_sets_out_with_fewer() -> None:
    crowd = Crowd()
    with filled(crowd, 10):
        began = time.monotonic()
        for promise in [crowd.set_out(), crowd.set_out()]:
            assert leaves_after(promise, began) >= 10 * PATIENCE


def test_the_next_list_waits_as_long_as_the_first() -> None:
    crowd = Crowd()
    with filled(crowd, 10):
        for _ in range(2):
            began = time.monotonic()
            assert leaves_after(crowd.set_out(), began) >= 10 * PATIENCE


def test_who_begins_a_list_after_a_full_one_waits_as_long() -> None:
    crowd = Crowd()
    with filled(crowd, 50):
        crowd.set_out()
        threading.Event().wait(25 * PATIENCE)
        for _ in range(49):
            crowd.set_out()
        began = time.monotonic()
        assert leaves_after(crowd.set_out(), began) >= 50 * PATIENCE
