"""Payments set out together: the more there are under way, the more can share each call to another service.

A call costs a processor its millisecond whatever it carries, so that a payment waits a little for those that can be
expected; whoever is alone waits for nobody. Those who set out together stay together: what one list has brought back
leaves at once as the next. Who hangs is expected, too, so that the first of a list waits an eighth of a second at most.
"""

import math
import threading
import time
from collections.abc import Callable

from chassis.internal import MAX_COMMANDS
from paymentservice.promises import Lock, Promise

FORGOTTEN = 0.1  # seconds, in which the memory of a crowd that is gone fades to a third
PATIENCE = 0.002  # seconds that the first waits, for each that is expected: what an answer and a request take, and more


class Crowd:
    """Counts who is inside, and remembers for a moment how many there were: who is answered comes again."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._inside = 0
        self._most = 0.0
        self._since = 0.0
        self._lock = Lock()
        self._begun = threading.Event()
        self._waiting: list[Promise] = []
        self._leave_at = 0.0
        self._guide: threading.Thread | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._remember()
            self._inside -= 1

    def expected(self) -> int:
        """How many can be expected to set out together."""
        with self._lock:
            self._remember()
            return min(MAX_COMMANDS, int(self._most))

    def set_out(self) -> Promise:
        """A promise that is kept when as many wait as can be expected, or the first of them has waited long enough."""
        promise, expected = Promise(), self.expected()
        with self._lock:
            self._waiting.append(promise)
            is_first = len(self._waiting) == 1
            if is_first:
                self._leave_at = self._now() + PATIENCE * expected
            group = self._take() if len(self._waiting) >= expected else []
        if group:
            _keep(group)
        elif is_first:
            self._start_guide()
            self._begun.set()
        return promise

    def _start_guide(self) -> None:
        with self._lock:
            if self._guide is not None:
                return
            self._guide = threading.Thread(target=self._send_off, daemon=True)
        self._guide.start()

    def _send_off(self) -> None:
        """Let those go who have waited long enough."""
        while True:
            self._begun.wait()
            self._begun.clear()
            while self._waiting:
                time.sleep(max(0.0, self._leave_at - self._now()))
                with self._lock:
                    group = self._take() if self._now() >= self._leave_at else []
                _keep(group)

    def _take(self) -> list[Promise]:
        group, self._waiting = self._waiting, []
        return group

    def _remember(self) -> None:
        now = self._now()
        self._most = max(self._inside, self._most * math.exp((self._since - now) / FORGOTTEN))
        self._since = now


def _keep(group: list[Promise]) -> None:
    for each in group:
        each.keep({})
