"""Admission: so many requests at once, and whoever comes on top is told so at once.

Each request waits for those before it. Beyond some number all would be answered, and all too late: better to serve
those that are here, and to send the others away while that is cheap (https://sre.google/sre-book/handling-overload/).
"""

import threading
from collections.abc import Collection

from flask import Flask, g, request

from chassis.errors import Overloaded
from chassis.internal import PREFIX

WATCHERS = frozenset({"/health", "/health/ready", "/metrics"})  # asked every few seconds, and never too many


def install(app: Flask, *, places: int, demanded_later: Collection[str] = ()) -> None:
    """Let `app` answer as many public requests at once as there are places.

    The endpoints `demanded_later` call `demand_place` themselves, once they know what their refusal has to tell. The
    inner port is left out: its callers send lists, two at a time, of what was admitted already.
    """
    free = threading.Semaphore(places)

    @app.before_request
    def admit() -> None:
        if request.path.startswith(PREFIX) or str(request.url_rule) in WATCHERS:
            return
        g.has_place = free.acquire(blocking=False)
        if request.endpoint not in demanded_later:
            demand_place()

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if g.pop("has_place", False):
            free.release()


def demand_place() -> None:
    """Raise Overloaded where the request at hand came on top."""
    if not g.has_place:
        raise Overloaded
