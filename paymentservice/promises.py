"""What a call to another service may come to: an answer, or doubt; the promise of either; and steps that await it."""

from collections.abc import Callable, Coroutine, Generator
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from gevent.monkey import get_original

from chassis import deadlines
from chassis.turns import turns

Command = dict[str, Any]
Answer = dict[str, Any]
T = TypeVar("T")
Steps = Coroutine["Promise", None, T]  # what an `async def` gives that awaits promises, and nothing else

OVERTIME = 0.01  # seconds between looks, after the deadline, whether the steps have come to their end

# Unpatched: an eighth of gevent's time. Nothing may be done under it that changes to another greenlet: all would stand.
Lock = get_original("threading", "Lock")


class InDoubt(Exception):
    """Neither yes nor no is known: the command may have been carried out, or may still be."""


class Rejected(InDoubt):
    """The receiver could not work with the list as it was; perhaps with a part of it."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status


class Promise:
    """An answer that is to come: for one to `await` among steps, or to wait for by `answer`."""

    __slots__ = ("_lock", "_outcome", "_then")

    def __init__(self) -> None:
        self._lock = Lock()
        self._outcome: Answer | InDoubt | None = None
        self._then: Callable[[], None] | None = None

    def keep(self, outcome: Answer | InDoubt) -> None:
        """Say what came, and go on with the steps that await it; whatever comes later is not heard."""
        with self._lock:
            if self._outcome is not None:
                return
            self._outcome = outcome
            then, self._then = self._then, None
        if then:
            then()

    def when_kept(self, then: Callable[[], None]) -> bool:
        """Have `then` called by whoever keeps it. False where it is kept already: then it is not called."""
        with self._lock:
            if self._outcome is not None:
                return False
            if self._then is not None:
                raise RuntimeError("somebody else awaits this promise")
            self._then = then
            return True

    def __await__(self) -> Generator["Promise", None, Answer]:
        if self._outcome is None:
            yield self
        if isinstance(self._outcome, InDoubt):
            raise self._outcome.with_traceback(None)  # all of a list share it, and none shall hold the others' frames
        assert self._outcome is not None
        return self._outcome

    def answer(self) -> Answer:
        """Wait for it. Raises InDoubt, at the caller's own deadline at the latest."""
        return carry_out(_answer_of(self))


async def _answer_of(promise: Promise) -> Answer:
    return await promise


def carry_out(steps: Steps[T]) -> T:
    """What `steps` come to, or raise; at the caller's deadline, whatever they await is in doubt.

    Each step is taken by the thread that keeps the promise before it. So those who share a list take their next step
    in a row, and none of their threads need wake before the end. A step must not block: the others wait behind it.
    """
    return _Carried(steps).outcome()


class _Carried(Generic[T]):
    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self._context = copy_context()  # deadline and request id go along from thread to thread
        self._ended: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._awaited: Promise

    def outcome(self) -> T:
        self._go_on()
        while True:
            try:
                value, error = self._ended.get(timeout=max(OVERTIME, deadlines.remaining()))
            except Empty:
                self._awaited.keep(InDoubt("the deadline came before the answer"))
                continue
            if error is None:
                return value  # type: ignore[no-any-return]
            try:
                raise error
            finally:
                del error  # else its traceback would hold itself, and with it the request

    def _go_on(self) -> None:
        """Take step after step, up to a promise that is not kept."""
        try:
            while True:
                self._awaited = self._context.run(self._steps.send, None)
                if self._awaited.when_kept(self._go_on):
                    return
        except StopIteration as end:
            self._end(end.value, None)
        except BaseException as error:
            self._end(None, error)
            if not isinstance(error, Exception):
                raise  # the process is to end, not this payment

    def _end(self, value: Any, error: BaseException | None) -> None:
        turns.call(lambda: self._ended.put((value, error)))
