"""One run: load, faults, healing, quiet, and then the audit."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests
from pymongo.database import Database

from tests.faults import chaos
from tests.faults.answers import Call
from tests.faults.books import Books
from tests.faults.customers import Market

CUSTOMERS = 16
HEALED_WITHIN = 60.0  # seconds until every service says it is ready again
QUIET_WITHIN = 180.0  # seconds until recovery has ended what was left open, its leases doubled twice


class Platform(Protocol):
    """Where the shop runs: its addresses, its databases, and the processes that can be hurt."""

    @property
    def urls(self) -> Mapping[str, str]: ...
    @property
    def postgres_dsn(self) -> str: ...
    def processes(self) -> Mapping[str, int]: ...


@dataclass
class Report:
    """What a run did and found."""

    seed: int
    faults: list[str] = field(default_factory=list)
    hits: int = 0
    answers: dict[int, int] = field(default_factory=dict)
    payments: int = 0
    completed: int = 0
    seconds_to_heal: float = 0.0
    seconds_to_quiet: float = 0.0
    violations: list[str] = field(default_factory=list)


def run(
    platform: Platform,
    database: Database[dict[str, Any]],
    *,
    seed: int,
    seconds: float,
    say: Callable[[str], object] = print,
) -> Report:
    """Hurt a shop under load for `seconds`, let it heal, and audit all that it has stored."""
    report = Report(seed)
    market = Market(platform.urls, seed=seed, prefix=f"f{seed}-{time.time_ns():x}")
    customers = market.open(CUSTOMERS)
    with ThreadPoolExecutor(CUSTOMERS) as pool:
        living = [pool.submit(each.live) for each in customers]
        try:
            for fault in chaos.plan(seed, seconds):
                say(f"seed {seed}: {fault}")
                hit = chaos.carry_out(fault, platform.processes)
                report.faults.append(f"{fault}{'' if hit else ', but was not there'}")
                report.hits += hit
            report.seconds_to_heal = _until(lambda: _all_ready(platform.urls), HEALED_WITHIN, "every service is ready")
        finally:
            market.stop.set()
        for each in living:
            each.result()
    say(f"seed {seed}: healed; asking every key once more")
    _ask_again(market)
    report.seconds_to_quiet = _until(lambda: _is_quiet(database), QUIET_WITHIN, "no reservation is open")
    _ask_again(market)
    _audit(report, market, Books.read(database, platform.postgres_dsn))
    return report


def _audit(report: Report, market: Market, books: Books) -> None:
    report.answers = dict(sorted(market.answers.counts.items()))
    paid = market.answers.payments()
    outcomes = books.outcomes()
    report.payments = len(paid)
    report.completed = sum(outcomes.get(each.payment_id or "") == "completed" for each in paid)
    report.violations = [*books.violations(), *market.answers.contradictions(outcomes)]


def _ask_again(market: Market) -> None:
    """Every key once more, until its answer is final; and what became of every payment."""

    def ask(call: Call) -> None:
        _until(lambda: market.send(call), HEALED_WITHIN, f"{call.path} {call.key} has a final answer")

    with ThreadPoolExecutor(CUSTOMERS) as pool:
        list(pool.map(ask, market.answers.calls()))
        list(pool.map(lambda told: market.look_back(told.call, told.payment_id or "none"), market.answers.payments()))


def _all_ready(urls: Mapping[str, str]) -> bool:
    try:
        return all(requests.get(f"{url}/health/ready", timeout=3).status_code == 200 for url in urls.values())
    except requests.RequestException:
        return False


def _is_quiet(database: Database[dict[str, Any]]) -> bool:
    return database["reservations"].count_documents({"state": "reserved"}, limit=1) == 0


def _until(holds: Callable[[], bool], seconds: float, what: str) -> float:
    """Seconds until it holds; fails the run when that takes too long."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.2)
    return time.monotonic() - began
