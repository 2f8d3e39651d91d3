"""What productservice tells its operator: how each list was decided, and how much nobody has settled."""

from collections.abc import Callable, Sequence

import structlog
from prometheus_client import CollectorRegistry, Gauge

from chassis import deadlines, metrics
from chassis.internal import Command, tell
from productservice.decisions import Reservation
from productservice.reservations import Reservations

LONGEST = 1.0  # seconds: with its store away, the service must still tell all the rest
Decided = Callable[[str, Sequence[Command], Sequence[Reservation]], Sequence[Reservation]]
log = structlog.get_logger()


def install(registry: CollectorRegistry, reservations: Reservations) -> Decided:
    """Count unsettled reservations whenever `registry` is read; returns what counts and logs the records of a list."""
    unsettled = Gauge("reservations_unsettled", "Reservations neither settled nor released.", registry=registry)
    unsettled.set_function(lambda: _unsettled(reservations))
    batch_size = metrics.lengths("decision_batch_size", "Decisions in one list.", registry)

    def decided(operation: str, commands: Sequence[Command], records: Sequence[Reservation]) -> Sequence[Reservation]:
        batch_size.observe(len(commands))
        for command, record in zip(commands, records, strict=True):
            tell(operation, command, record.state, code=record.code)
        return records

    return decided


def _unsettled(reservations: Reservations) -> float:
    try:
        with deadlines.deadline(LONGEST):
            return reservations.unsettled()
    except Exception as error:  # whatever it is, it must not take the other measures with it
        log.warning("reservations not counted", error=type(error).__name__)
        return float("nan")
