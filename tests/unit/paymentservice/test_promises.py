"""Promises, and the steps that await them: who goes on, what is said, and when nothing comes."""

import threading
import time
from collections.abc import Callable

import pytest
from structlog.contextvars import bound_contextvars

from chassis import deadlines, logs
from paymentservice.promises import Answer, InDoubt, Promise, carry_out

LIMIT = 5.0  # seconds; reached only by a test that fails


class Watched(Promise):
    """Tells when somebody awaits it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_awaited = threading.Event()

    def when_kept(self, then: Callable[[], None]) -> bool:
        is_awaited = super().when_kept(then)
        self.is_awaited.set()
        return is_awaited

    def keep_once_awaited(self, outcome: Answer | InDoubt) -> threading.Thread:
        """By another thread, which this one is."""

        def keep() -> None:
            assert self.is_awaited.wait(LIMIT)
            self.keep(outcome)

        thread = threading.Thread(target=keep)
        thread.start()
        return thread


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


@pytest.mark.parametrize("early", [0, 1])
def test_steps_go_on_in_whatever_order_their_promises_are_kept(early: int) -> None:
    promises, answers = [Watched(), Watched()], [{"a": 1}, {"b": 2}]
    promises[early].keep(answers[early])
    promises[1 - early].keep_once_awaited(answers[1 - early])
    assert carry_out(both(*promises)) == {"a": 1, "b": 2}


def test_a_step_is_taken_by_who_keeps_the_promise_and_knows_its_own_deadline_and_request() -> None:
    promise = Watched()
    taken: list[tuple[threading.Thread, float, str]] = []

    async def steps() -> None:
        await promise
        taken.append((threading.current_thread(), deadlines.remaining(), logs.current_request_id()))

    keeper = promise.keep_once_awaited({})
    with deadlines.deadline(LIMIT), bound_contextvars(request_id="mine"):
        carry_out(steps())
    ((thread, seconds, request_id),) = taken
    assert thread is keeper
    assert LIMIT - 1 < seconds < LIMIT
    assert request_id == "mine"


def test_what_steps_raise_is_raised_to_who_asked_and_not_to_who_kept_the_promise() -> None:
    promise, next_of_the_list = Watched(), Promise()

    async def steps() -> None:
        raise KeyError(await promise)

    def keep_both() -> None:
        assert promise.is_awaited.wait(LIMIT)
        promise.keep({"a": 1})
        next_of_the_list.keep({"b": 2})

    threading.Thread(target=keep_both).start()
    with pytest.raises(KeyError, match="a"):
        carry_out(steps())
    with deadlines.deadline(LIMIT):
        assert next_of_the_list.answer() == {"b": 2}


def test_only_one_awaits_a_promise() -> None:
    promise = Promise()
    assert promise.when_kept(lambda: None)
    with pytest.raises(RuntimeError):
        carry_out(both(promise, promise))


def test_at_the_deadline_whatis_awaited_is_in_doubt_and_the_steps_say_what_that_means() -> None:
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


def test_an_answer_that_comes_after_the_deadline_is_not_heard() -> None:
    promise = Promise()
    with deadlines.deadline(0.01), pytest.raises(InDoubt):
        promise.answer()
    promise.keep({"a": 1})
    with pytest.raises(InDoubt, match="deadline"):
        promise.answer()


def test_many_keepers_at_once_take_each_step_once() -> None:
    by_keepers = 0
    for _ in range(100):
        promises = [Promise() for _ in range(4)]
        start = threading.Barrier(9, timeout=LIMIT)
        taken: list[threading.Thread] = []

        def keep(promise: Promise, start: threading.Barrier = start) -> None:
            start.wait()
            promise.keep({})

        async def steps(
            promises: list[Promise] = promises,
            taken: list[threading.Thread] = taken,
            start: threading.Barrier = start,
        ) -> int:
            start.wait()
            for each in promises:
                await each
                taken.append(threading.current_thread())
            return len(taken)

        keepers = [threading.Thread(target=keep, args=(each,)) for each in promises for _ in range(2)]
        for each in keepers:
            each.start()
        assert carry_out(steps()) == 4
        for each in keepers:
            each.join(LIMIT)
        assert len(taken) == 4
        by_keepers += len([each for each in taken if each in keepers])
    assert by_keepers, "or nothing was shown"
