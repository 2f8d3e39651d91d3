"""What a call to another service may come to: an answer, or doubt; and the promise of either."""

from queue import Empty, SimpleQueue
from typing import Any

from chassis import deadlines

Command = dict[str, Any]
Answer = dict[str, Any]


class InDoubt(Exception):
    """Neither yes nor no is known: the command may have been carried out, or may still be."""


class Rejected(InDoubt):
    """The receiver could not work with the list as it was; perhaps with a part of it."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status


class Promise:
    """An answer that is to come, to be asked for once. Lighter than a Future, which is four locks under gevent."""

    def __init__(self) -> None:
        self._outcome: SimpleQueue[Answer | InDoubt] = SimpleQueue()

    def keep(self, outcome: Answer | InDoubt) -> None:
        self._outcome.put(outcome)

    def answer(self) -> Answer:
        """Wait for it. Raises InDoubt, at the caller's own deadline at the latest."""
        try:
            outcome = self._outcome.get(timeout=max(0.0, deadlines.remaining()))
        except Empty:
            raise InDoubt("the deadline came before the answer") from None
        if isinstance(outcome, InDoubt):
            raise outcome
        return outcome
