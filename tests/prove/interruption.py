"""Broken off by a key or by a signal: once, since whoever presses it again would leave something frozen."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def heeded() -> Iterator[None]:
    """Any of the signals raises KeyboardInterrupt here, and those after it nothing."""
    before = {number: signal.signal(number, _break_off) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _break_off(*_: object) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    print("\nputting back what is hurt", file=sys.stderr, flush=True)
    raise KeyboardInterrupt
