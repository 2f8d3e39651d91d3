"""How many commands can be expected together: half of those who are here, or were a moment ago."""

from contextlib import ExitStack

import pytest

from paymentservice.crowd import FORGOTTEN, Crowd


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def filled(crowd: Crowd, count: int) -> ExitStack:
    stack = ExitStack()
    for _ in range(count):
        stack.enter_context(crowd)
    return stack


def test_whoever_is_alone_waits_for_nobody() -> None:
    crowd = Crowd(Clock())
    assert crowd.half() == 0
    with crowd:
        assert crowd.half() == 0


def test_half_of_those_who_are_here_can_be_expected() -> None:
    crowd = Crowd(Clock())
    with filled(crowd, 33):
        assert crowd.half() == 16


def test_those_who_have_just_been_answered_can_be_expected_again() -> None:
    clock = Clock()
    crowd = Crowd(clock)
    with filled(crowd, 32):
        pass
    assert crowd.half() == 16
    clock.seconds += FORGOTTEN
    assert crowd.half() == 5  # a third of sixteen
    clock.seconds += 10 * FORGOTTEN
    assert crowd.half() == 0


def test_a_crowd_that_grows_is_known_at_once() -> None:
    clock = Clock()
    crowd = Crowd(clock)
    with filled(crowd, 4):
        pass
    clock.seconds += FORGOTTEN / 100
    with filled(crowd, 10):
        assert crowd.half() == 5


def test_who_leaves_in_anger_has_left() -> None:
    clock = Clock()
    crowd = Crowd(clock)
    with crowd, pytest.raises(KeyError), crowd:
        raise KeyError
    clock.seconds += 10 * FORGOTTEN
    assert crowd.half() == 0
