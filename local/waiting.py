"""Waits that end: every one has a limit."""

import time
from collections.abc import Callable

STEP = 0.1


def holds_within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(STEP)
    return True
