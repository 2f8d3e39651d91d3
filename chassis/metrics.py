"""Prometheus metrics: requests and their durations by route and status, and what a service adds."""

import time
from collections.abc import Sequence

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 8)  # seconds; a request may take 8
_LENGTHS = (1, 2, 4, 8, 16, 32, 64)  # commands in a list, up to the most it may hold


def install(app: Flask) -> CollectorRegistry:
    """Measure every request of `app` and serve `/metrics`; returns the registry for the service's own metrics."""
    registry = CollectorRegistry()
    requests = Counter("http_requests_total", "Requests answered.", ["method", "route", "status"], registry=registry)
    durations = Histogram(
        "http_request_duration_seconds", "Time to answer.", ["method", "route"], registry=registry, buckets=_BUCKETS
    )

    @app.before_request
    def start() -> None:
        g.started_at = time.perf_counter()

    @app.after_request
    def measure(response: Response) -> Response:
        route = str(request.url_rule) if request.url_rule else "unmatched"
        method = request.method if request.method in _METHODS else "other"  # a client can make up any number of them
        requests.labels(method, route, response.status_code).inc()
        durations.labels(method, route).observe(elapsed())
        return response

    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.add_url_rule("/metrics", view_func=metrics)
    return registry


def lengths(name: str, sentence: str, registry: CollectorRegistry, *, labels: Sequence[str] = ()) -> Histogram:
    """What measures how many commands come in one list."""
    return Histogram(name, sentence, labels, registry=registry, buckets=_LENGTHS)


def elapsed() -> float:
    """Seconds since the request at hand began."""
    return time.perf_counter() - float(g.get("started_at", time.perf_counter()))
