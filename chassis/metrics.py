"""Prometheus metrics: requests and their durations by route and status, and what a service adds."""

import logging
import time
from collections.abc import Sequence
from functools import cache

import structlog
from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

BEGAN = "eshop.began"  # in the WSGI environment: when the request came, where it then waited for its turn
UNMATCHED = "unmatched"  # the route of a path that is none
WATCHERS = frozenset({"/health", "/health/ready", "/metrics"})  # asked every few seconds
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 8)  # seconds; a request may take 8
_LENGTHS = (1, 2, 4, 8, 16, 32, 64)  # commands in a list, up to the most it may hold
log = structlog.get_logger()


class Requests:
    """Counts and logs every request that was answered."""

    def __init__(self, registry: CollectorRegistry) -> None:
        answered = Counter(
            "http_requests_total", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        durations = Histogram(
            "http_request_duration_seconds", "Time to answer.", ["method", "route"], registry=registry, buckets=_BUCKETS
        )
        # Remembered: to look one up by its labels takes longer than to count.
        self._answered, self._durations = cache(answered.labels), cache(durations.labels)

    def tell(self, method: str, route: str, status: int, *, seconds: float) -> None:
        """One was answered, after so many seconds."""
        known = method if method in _METHODS else "other"  # a client can make up any number of them
        self._answered(known, route, status).inc()
        self._durations(known, route).observe(seconds)
        level = logging.DEBUG if route in WATCHERS and status == 200 else logging.INFO
        log.log(level, "request", method=method, route=route, status=status, duration_ms=round(seconds * 1000, 1))


def install(app: Flask, registry: CollectorRegistry) -> Requests:
    """Measure every request of `app` and serve `/metrics` from `registry`; gives what the requests are told to."""
    requests = Requests(registry)

    @app.before_request
    def start() -> None:
        g.started_at = request.environ.get(BEGAN, time.perf_counter())

    @app.after_request
    def measure(response: Response) -> Response:
        route = str(request.url_rule) if request.url_rule else UNMATCHED
        requests.tell(request.method, route, response.status_code, seconds=_elapsed())
        return response

    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.add_url_rule("/metrics", view_func=metrics)
    return requests


def lengths(name: str, sentence: str, registry: CollectorRegistry, *, labels: Sequence[str] = ()) -> Histogram:
    """What measures how many commands come in one list."""
    return Histogram(name, sentence, labels, registry=registry, buckets=_LENGTHS)


def _elapsed() -> float:
    """Seconds since the request at hand began."""
    return time.perf_counter() - float(g.get("started_at", time.perf_counter()))
