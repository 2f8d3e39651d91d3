"""Promises, and the steps that await them: who goes on, what is said, and when nothing comes."""

import threading
import time

import pytest

from chassis import deadlines
from paymentservice.promises import Answer, InDoubt, Promise, carry_out

LIMIT = 5.0  # seconds; reached only by a test that fails


async def both(first: Promise, second: Promise) -> Answer:
    return {**(await first), **(await second)}


def test_what_was_kept_before_is_answered_at_once() -> None:
    promise = Promise()
    promise.keep({"a": 1})
    assert promise.answer() == {"a": 1}
    assert promise.answer() == {"a": 1}, "as often as it is asked for"


def test_doubt_is_raised() -> None:
    promise = Promise()
    promise.keep(InDoubt("no answer"))
    with pytest.raises(InDoubt, match="no answer"):
        promise.answer()


def test_only_the_first_word_counts() -> None:
    promise = Promise()
    promise.keep({"a": 1})
    promise.keep(InDoubt("late"))
    assert promise.answer() == {"a": 1}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_steps_go_on_in_whatever_order_their_promises_are_kept(order: tuple[int, int]) -> None:
    promises = [Promise(), Promise()]
    answers: list[Answer] = [{"a": 1}, {"b": 2}]

    def keep() -> None:
        for each in order:
            promises[each].keep(answers[each])

    threading.Timer(0.01, keep).start()
    assert carry_out(both(*promises)) == {"a": 1, "b": 2}


def test_a_step_is_taken_by_who_keeps_the_promise_and_knows_its_own_deadline() -> None:
    promise = Promise()
    taken: list[tuple[threading.Thread, float]] = []

    async def steps() -> None:
        await promise
        taken.append((threading.current_thread(), deadlines.remaining()))

    keeper = threading.Timer(0.01, lambda: promise.keep({}))
    with deadlines.deadline(LIMIT):
        keeper.start()
        carry_out(steps())
    ((thread, seconds),) = taken
    assert thread is keeper
    assert LIMIT - 1 < seconds < LIMIT


def test_what_steps_raise_is_raised() -> None:
    promise = Promise()

    async def steps() -> None:
        raise KeyError(await promise)

    threading.Timer(0.01, lambda: promise.keep({"a": 1})).start()
    with pytest.raises(KeyError, match="a"):
        carry_out(steps())


def test_at_the_deadline_what_is_awaited_is_in_doubt_and_the_steps_say_what_that_means() -> None:
    async def steps() -> str:
        try:
            await Promise()
        except InDoubt as doubt:
            return str(doubt)
        return "an answer"

    began = time.monotonic()
    with deadlines.deadline(0.05):
        assert carry_out(steps()) == "the deadline came before the answer"
    assert time.monotonic() - began >= 0.05


def test_after_the_deadline_nothing_more_is_waited_for() -> None:
    async def steps() -> int:
        doubts = 0
        for _ in range(3):
            try:
                await Promise()
            except InDoubt:
                doubts += 1
        return doubts

    with deadlines.deadline(0.01):
        assert carry_out(steps()) == 3


def test_an_answer_that_comes_after_the_deadline_is_nobodys() -> None:
    promise = Promise()
    with deadlines.deadline(0.01), pytest.raises(InDoubt):
        carry_out(both(promise, Promise()))
    promise.keep({"a": 1})


def test_many_keepers_at_once_take_each_step_once() -> None:
    for _ in range(200):
        promises = [Promise() for _ in range(4)]
        taken: list[int] = []

        async def steps(promises: list[Promise] = promises, taken: list[int] = taken) -> int:
            for number, each in enumerate(promises):
                await each
                taken.append(number)
            return len(taken)

        keepers = [threading.Thread(target=each.keep, args=({},)) for each in promises for _ in range(2)]
        for each in keepers:
            each.start()
        assert carry_out(steps()) == 4
        for each in keepers:
            each.join(LIMIT)
        assert taken == [0, 1, 2, 3]
