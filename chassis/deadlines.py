"""How long the caller still waits: a deadline that travels with the request and bounds what is done for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Deadline-Ms"  # milliseconds left when the request was sent: clocks of two machines are never compared
LONGEST = 8.0  # seconds, for any request: whoever is not answered by then asks again
_ends_at: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound what happens inside to `seconds` from now, never longer than the deadline already in force."""
    token = _ends_at.set(time.monotonic() + min(seconds, remaining(seconds)))
    try:
        yield
    finally:
        _ends_at.reset(token)


def remaining(longest: float = LONGEST) -> float:
    """Seconds left, at most `longest`; may be zero or negative."""
    ends_at = _ends_at.get()
    return longest if ends_at is None else min(longest, ends_at - time.monotonic())


def from_header(value: str | None) -> float:
    """Seconds that a caller's header grants; nonsense and absence grant the longest."""
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 6:
        return LONGEST
    return min(int(value) / 1000, LONGEST)
