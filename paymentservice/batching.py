"""Natural batching: whoever finds no call under way sends all that is waiting, and so does whoever has waited too long.

An idle system sends every command at once and alone; a busy one sends as many together as arrived meanwhile. A second
call goes beside one that takes its time, so that a replica that stands still does not stop them all.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import orjson
from structlog.contextvars import bound_contextvars

from chassis import deadlines
from chassis.bodies import INTERNAL_LIMIT
from chassis.internal import MAX_COMMANDS
from paymentservice.promises import Answer, Command, InDoubt, Lock, Promise, Rejected

MAX_BYTES = INTERNAL_LIMIT - 1024  # room for the envelope, and for what stands between 64 commands
LATE = 0.1  # seconds behind a call under way; sooner a second one would only make both lists shorter
_PERHAPS_ONE_COMMAND = frozenset({400, 413, 422, 500})  # a wrong token or port (401, 404) is no command's fault


@dataclass(slots=True, eq=False)
class _Waiter:
    command: Command
    since: float
    ends_at: float
    size: int
    answer: Promise = field(default_factory=Promise)


class Batcher:
    """Shares calls to one remote operation among all who ask at the same time."""

    def __init__(
        self,
        send: Callable[[Sequence[Command]], Sequence[Answer]],
        *,
        observe_size: Callable[[int], object] = lambda _: None,
        linger: float = 0.0,
    ) -> None:
        """`send` carries one list and gives its answers in order, or raises InDoubt (Rejected to have it halved).

        `linger` is how many seconds the first command waits for a full list, where nobody waits for its answer.
        """
        self._send = send
        self._observe_size = observe_size
        self._linger = linger
        self._waiting: deque[_Waiter] = deque()
        self._arrived = threading.Event()  # waited for by a sender at rest; to set it once more takes a lock
        self._is_full = threading.Event()
        self._not_empty = threading.Event()
        self._lock = Lock()
        self._senders: list[threading.Thread] = []

    def submit(self, command: Command) -> Promise:
        """Queue a command."""
        now = time.monotonic()
        waiter = _Waiter(command, now, now + deadlines.remaining(), len(orjson.dumps(command)))
        self._waiting.append(waiter)
        for event in (self._arrived, self._not_empty):
            if not event.is_set():
                event.set()
        if self._linger and len(self._waiting) >= MAX_COMMANDS:
            self._is_full.set()
        if not self._senders:
            self._start_senders()
        return waiter.answer

    def _start_senders(self) -> None:
        with self._lock:
            if self._senders:
                return
            self._senders = [threading.Thread(target=each, daemon=True) for each in (self._send_all, self._send_late)]
        for each in self._senders:
            each.start()

    def _send_all(self) -> None:
        while True:
            self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                if self._linger:
                    self._await_company()
                batch = self._take()
                if batch:
                    self._deliver(batch)

    def _send_late(self) -> None:
        while True:
            self._not_empty.wait()
            time.sleep(LATE)
            self._not_empty.clear()
            batch = self._take(waiting_for=self._linger + LATE)
            if self._waiting:
                self._not_empty.set()
            if batch:
                self._deliver(batch)

    def _await_company(self) -> None:
        self._is_full.clear()
        with suppress(IndexError):  # another sender has taken all
            if len(self._waiting) < MAX_COMMANDS:
                self._is_full.wait(max(0.0, self._waiting[0].since + self._linger - time.monotonic()))

    def _take(self, *, waiting_for: float = 0.0) -> list[_Waiter]:
        """A list of those who wait; none where the first has not yet waited for so many seconds."""
        batch: list[_Waiter] = []
        size = 0
        with self._lock:
            now = time.monotonic()
            if not self._waiting or now - self._waiting[0].since < waiting_for:
                return batch
            while self._waiting and len(batch) < MAX_COMMANDS:
                if batch and size + self._waiting[0].size >= MAX_BYTES:
                    break
                waiter = self._waiting.popleft()
                if waiter.ends_at > now:  # who has left is not sent for
                    batch.append(waiter)
                    size += waiter.size
        return batch

    def _deliver(self, batch: Sequence[_Waiter]) -> None:
        seconds = max(each.ends_at for each in batch) - time.monotonic()
        try:
            self._observe_size(len(batch))
            with bound_contextvars(request_id=batch[0].command["request_id"]), deadlines.deadline(seconds):
                answers = self._send([each.command for each in batch])
            _check(batch, answers)
        except Rejected as error:
            self._halve(batch, error)
        except Exception as error:
            _fail(batch, error)
        else:
            for waiter, answer in zip(batch, answers, strict=True):
                waiter.answer.keep(answer)

    def _halve(self, batch: Sequence[_Waiter], error: Rejected) -> None:
        """So that a poisoned command fails alone; what the list may have done already is answered again."""
        if len(batch) == 1 or error.status not in _PERHAPS_ONE_COMMAND:
            return _fail(batch, error)
        middle = len(batch) // 2
        self._deliver(batch[:middle])
        return self._deliver(batch[middle:])


def _check(batch: Sequence[_Waiter], answers: Sequence[Answer]) -> None:
    """An answer belongs to the reference it names, or to nobody."""
    asked = [each.command["reference"] for each in batch]
    if asked != [each.get("reference") for each in answers]:
        raise InDoubt("the answers do not match what was asked")


def _fail(batch: Sequence[_Waiter], error: Exception) -> None:
    for waiter in batch:
        waiter.answer.keep(error if isinstance(error, InDoubt) else InDoubt(type(error).__name__))
