"""Turns: what takes long goes one at a time, so that short steps that others wait for come between.

gevent runs what is ready in the order in which it became so. Sixty answers to customers that are ready at once take
twenty milliseconds, in which no other service would be asked anything, or its answer read, and all would stand idle.
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
        self._is_taken = False  # until the loop has come round to what was ready then

    def one_at_a_time(self, later: Callable[[Deed], object]) -> None:
        """From now on each waits for its turn: `later` calls what it is given, after what has been ready before."""
        self._later = later

    def call(self, deed: Deed) -> None:
        """Call `deed` when its turn comes; at once where nobody stands before it, or nobody takes turns."""
        if self._take():
            deed()
        else:
            self._line.append(deed)

    def wait(self) -> None:
        """Go on when the turn comes."""
        if not self._take():
            turn: queue.SimpleQueue[None] = queue.SimpleQueue()
            self._line.append(lambda: turn.put(None))
            turn.get()

    def _take(self) -> bool:
        """Take this turn, if nobody has."""
        if self._later is None:
            return True
        if self._is_taken:
            return False
        self._is_taken = True
        self._later(self._next)
        return True

    def _next(self) -> None:
        self._is_taken = False
        if self._line:
            deed = self._line.popleft()
            self._take()
            deed()


turns = Turns()
