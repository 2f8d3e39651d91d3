"""One run: load, faults, healing, quiet, and then the audit."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.faults import chaos
from tests.faults.aftermath import settle, until_healed
from tests.faults.answers import IN_DOUBT, Status
from tests.faults.books import Books
from tests.faults.customers import open_for
from tests.faults.market import Market
from tests.faults.programs import Programs
from tests.running import RunningShop

CUSTOMERS = 16


@dataclass
class Report:
    """What a run did and found."""

    seed: int
    faults: list[str] = field(default_factory=list)
    hits: int = 0
    answers: dict[Status, int] = field(default_factory=dict)
    payments: int = 0
    completed: int = 0
    seconds_to_heal: float = 0.0
    seconds_to_quiet: float = 0.0
    violations: list[str] = field(default_factory=list)


def run(
    shop: RunningShop,
    programs: Programs,
    *,
    seed: int,
    seconds: float,
    in_doubt: frozenset[Status] = IN_DOUBT,
    say: Callable[[str], object] = print,
) -> Report:
    """Hurt a shop's programs under load for `seconds`, let it heal, and audit all that it has stored."""
    report = Report(seed)
    market = Market(shop.urls, prefix=f"f{seed}-{time.time_ns():x}", in_doubt=in_doubt)
    customers = open_for(market, seed=seed, customers=CUSTOMERS)
    with ThreadPoolExecutor(CUSTOMERS) as pool:
        living = [pool.submit(each.live) for each in customers]
        try:
            for fault in chaos.plan(seed, seconds):
                say(f"seed {seed}: {fault}")
                hit = chaos.carry_out(fault, programs)
                report.faults.append(f"{fault}{'' if hit else ', in vain'}")
                report.hits += hit
            report.seconds_to_heal = until_healed(shop.urls)
        finally:
            market.stop.set()
        for each in living:
            each.result()
    say(f"seed {seed}: healed; asking every key once more")
    report.seconds_to_quiet, books = settle(market, shop)
    _audit(report, market, books)
    return report


def _audit(report: Report, market: Market, books: Books) -> None:
    report.answers = dict(market.answers.counts)
    paid = market.answers.payments()
    outcomes = books.outcomes()
    report.payments = len(paid)
    report.completed = sum(outcomes.get(each.payment_id or "") == "completed" for each in paid)
    report.violations = [*books.violations(), *market.answers.contradictions(outcomes)]
