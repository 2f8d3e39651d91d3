"""How many payments are under way: the more there are, the more commands of a kind can be expected at once."""

import threading


class Crowd:
    """Counts who is inside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1

    def half(self) -> int:
        """While one half is being served, the other can be expected together."""
        return self._inside // 2
