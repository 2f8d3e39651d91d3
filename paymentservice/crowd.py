"""How many payments are under way: the more there are, the more commands of a kind can be expected at once."""

import math
import threading
import time
from collections.abc import Callable

FORGOTTEN = 0.1  # seconds, in which the memory of a crowd that is gone fades to a third


class Crowd:
    """Counts who is inside, and remembers for a moment how many there were: who is answered comes again."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._now = now
        self._inside = 0
        self._most = 0.0
        self._since = 0.0

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._remember()
            self._inside -= 1

    def half(self) -> int:
        """While one half is being served, the other can be expected together."""
        with self._lock:
            self._remember()
            return int(self._most) // 2

    def _remember(self) -> None:
        now = self._now()
        self._most = max(self._inside, self._most * math.exp((self._since - now) / FORGOTTEN))
        self._since = now
