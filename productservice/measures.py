"""What productservice measures beside what every service does: lists decided, and reservations nobody has settled."""

import structlog
from prometheus_client import CollectorRegistry, Gauge, Histogram

from chassis import deadlines
from productservice.reservations import Reservations

LONGEST = 1.0  # seconds: with its store away, the service must still tell all the rest
log = structlog.get_logger()


def install(registry: CollectorRegistry, reservations: Reservations) -> Histogram:
    """Count unsettled reservations whenever `registry` is read; returns the histogram of the lists' lengths."""
    unsettled = Gauge("reservations_unsettled", "Reservations neither settled nor released.", registry=registry)
    unsettled.set_function(lambda: _unsettled(reservations))
    return Histogram(
        "decision_batch_size", "Decisions in one list.", registry=registry, buckets=(1, 2, 4, 8, 16, 32, 64)
    )


def _unsettled(reservations: Reservations) -> float:
    try:
        with deadlines.deadline(LONGEST):
            return reservations.unsettled()
    except Exception as error:  # whatever it is, it must not take the other measures with it
        log.warning("reservations not counted", error=type(error).__name__)
        return float("nan")
