"""Turns: what takes long goes one at a time, so that short steps that others wait for come between.

gevent runs what is ready in the order in which it became so. Sixty answers to customers that are ready at once take
twenty milliseconds, in which no other service's answer would be read, and the other services would stand idle.
"""

import queue  # as a module: gunicorn imports this one before gevent has put its own queue there
from collections import deque
from collections.abc import Callable

Deed = Callable[[], object]


class Turns:
    """A line in which each waits until the one before has had its turn."""

    def __init__(self) -> None:
        self._later: Callable[[Deed], object] | None = None
        self._line: deque[Deed] = deque()

    def one_at_a_time(self, later: Callable[[Deed], object]) -> None:
        """From now on each waits for its turn: `later` calls what it is given, after what has been ready before."""
        self._later = later

    def call(self, deed: Deed) -> None:
        """Call `deed` when its turn comes; at once where nobody takes turns."""
        if self._later is None:
            deed()
            return
        self._line.append(deed)
        if len(self._line) == 1:
            self._later(self._next)

    def wait(self) -> None:
        """Go on when the turn comes."""
        if self._later is not None:
            turn: queue.SimpleQueue[None] = queue.SimpleQueue()
            self.call(lambda: turn.put(None))
            turn.get()

    def _next(self) -> None:
        deed = self._line.popleft()
        if self._line and self._later:
            self._later(self._next)
        deed()


turns = Turns()
