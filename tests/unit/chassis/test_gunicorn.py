"""How gunicorn runs a service: what is said of its settings elsewhere; here the timer that log lines wait for."""

import gc
import time

from gevent.event import Event

from chassis.gunicorn import after

LIMIT = 5.0  # seconds; reached only by a test that fails


def test_each_call_comes_as_late_as_the_first() -> None:
    later = after(0.2)
    for _ in range(2):
        called, began = Event(), time.monotonic()
        later(called.set)
        gc.collect()
        assert called.wait(LIMIT)
        assert time.monotonic() - began >= 0.1
