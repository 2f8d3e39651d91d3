"""More than the shop can take: many more clients, and twice the rate, whoever waits; beside its best just before."""

from typing import Any

from tests.bench.load import CREATED, LOST, Measured, open_loop
from tests.bench.market import PRODUCTS
from tests.bench.rounds import Say, Subject, counting

TOO_MANY = 512  # clients
MANY = 128  # at which it does its best
USUAL = 32
UNAVAILABLE = 503
SECONDS = 8.0
WINDOW = 1.0  # seconds of load, to see whether all is as before
WINDOWS = 20
AS_BEFORE = 0.8


def overload(subject: Subject, *, rounds: int, say: Say) -> dict[str, Any]:
    """512 clients, and an open loop at twice the best rate; and how soon the usual clients are served as before."""
    say(f"{USUAL} clients, before")
    usual = subject.load(USUAL, SECONDS / 2).rate(CREATED)
    told = [_overload_once(subject, counting(say, number, rounds)) for number in range(rounds)]
    return {"rounds": told, "seconds_to_recover": _seconds_to_recover(subject, usual, say)}


def _overload_once(subject: Subject, say: Say) -> dict[str, Any]:
    say(f"{MANY} clients")
    best = subject.load(MANY, SECONDS / 2).rate(CREATED)
    say(f"{TOO_MANY} clients")
    crowd = subject.load(TOO_MANY, SECONDS)
    say(f"{2 * best:.0f} payments a second, whoever waits")
    wishes = subject.market.payments(products=PRODUCTS, customers=TOO_MANY)
    flood = open_loop(subject.port, 2 * best, SECONDS, wishes)
    return {
        "best": round(best, 1),
        "clients": _told(crowd, best),
        "flood": {"asked": round(2 * best, 1), **_told(flood, best)},
    }


def _told(measured: Measured, best: float) -> dict[str, Any]:
    refused = measured.count(UNAVAILABLE)
    return {
        "rate": round(measured.rate(CREATED), 1),
        "of_best": round(measured.rate(CREATED) / best, 3),
        "p99_ms": round(measured.percentile(CREATED, 99) * 1000, 1),
        "refused": refused,
        "refused_p99_ms": round(measured.percentile(UNAVAILABLE, 99) * 1000, 1) if refused else None,
        "with_retry_after": measured.retry_after,
        "lost": measured.count(LOST),
        "others": {status: len(each) for status, each in measured.latencies.items() if status not in _EXPECTED},
    }


_EXPECTED = (CREATED, UNAVAILABLE, LOST)


def _seconds_to_recover(subject: Subject, usual: float, say: Say) -> float | None:
    for window in range(WINDOWS):
        say(f"{USUAL} clients, {window * WINDOW:.0f} s after")
        if subject.load(USUAL, WINDOW).rate(CREATED) >= AS_BEFORE * usual:
            return window * WINDOW
    return None
