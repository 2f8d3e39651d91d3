"""One run: load, faults, healing, quiet, and then the audit."""

import itertools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.faults import chaos
from tests.faults.aftermath import ask_again, until_healed, until_quiet
from tests.faults.answers import IN_DOUBT, Status
from tests.faults.audit import Invariant, audit
from tests.faults.chaos import Fault
from tests.faults.customers import PRODUCTS, Customer, open_for
from tests.faults.latencies import Latencies
from tests.faults.market import Market
from tests.faults.programs import Programs
from tests.faults.purchases import reckon
from tests.faults.remains import Remains
from tests.faults.report import Report
from tests.faults.stored import Stored
from tests.running import RunningShop

CUSTOMERS = 16
CALM, FAULTS = "calm", "faults"  # phases, as are others
PATIENCE = 10.0  # seconds for a payment of somebody else's, read in one database before and in the other after it


class Run:
    """On a shop that others may use meanwhile. `phase`, `report` and `market` tell how far it is.

    After `at_most` seconds no further fault begins: where each takes its time, a plan takes longer than planned.
    """

    def __init__(
        self,
        shop: RunningShop,
        programs: Programs,
        *,
        seed: int,
        faults: Sequence[Fault],
        calm: float = 0.0,
        at_most: float = math.inf,
        customers: int = CUSTOMERS,
        in_doubt: frozenset[Status] = IN_DOUBT,
        say: Callable[[str], object] = print,
    ) -> None:
        prefix = f"f{seed}-{time.time_ns():x}"
        self.shop, self.programs, self.seed, self.faults = shop, programs, seed, faults
        self._calm, self._at_most, self._number, self._say = calm, at_most, customers, say
        self.market = Market(shop.urls, prefix=prefix, in_doubt=in_doubt)
        self.report = Report(seed, prefix)
        self.customers: list[Customer] = []
        self.phase = "opening"

    def go(self) -> Report:
        """The whole of it. Raises AssertionError where the shop does not heal."""
        self.customers = open_for(self.market, seed=self.seed, customers=self._number)
        self._trade()
        self._enter("asking again")
        self.report.seconds_to_quiet = self._quieten()
        self._enter("auditing")
        self._audit()
        return self.report

    def _trade(self) -> None:
        """Customers live, at first undisturbed."""
        with ThreadPoolExecutor(self._number) as pool:
            living = [pool.submit(each.live) for each in self.customers]
            try:
                self._enter(CALM)
                time.sleep(self._calm)
                disturbed_at = time.monotonic()
                self._hurt()
                self._enter("healing")
                self.report.seconds_to_heal = until_healed(self.shop.urls)
            finally:
                self.market.stop.set()
                self.programs.mend()
            for each in living:
                each.result()
        timings = self.market.timings
        self.report.calm = Latencies.of(seconds for began, seconds in timings if began + seconds < disturbed_at)
        self.report.under_faults = Latencies.of(
            seconds for began, seconds in timings if began + seconds >= disturbed_at
        )

    def _hurt(self) -> None:
        self.phase = FAULTS
        deadline = time.monotonic() + self._at_most
        for fault in itertools.takewhile(lambda _: time.monotonic() < deadline, self.faults):
            self._say(f"seed {self.seed}: {fault}")
            hit = chaos.carry_out(fault, self.programs)
            self.report.faults.append(f"{fault}{'' if hit else ', in vain'}")
            self.report.hits += hit

    def _quieten(self) -> float:
        """Who is in doubt asks again first; in the end everybody does, as if they had forgotten what they were told."""
        ask_again(self.market, [each for each in self.market.answers.told() if not each.final])
        seconds = until_quiet(self.shop, {"product_name": {"$in": self._products()}})
        ask_again(self.market, self.market.answers.told())
        return seconds

    def _audit(self) -> None:
        self.report.everything = self._everything(Stored(self.shop.mongo_uri, self.shop.postgres_dsn))
        remains = Remains(self.shop.mongo_uri, self.shop.postgres_dsn)
        answers = self.market.answers
        payments = answers.payments()
        outcomes = remains.outcomes_of(each.payment_id for each in payments if each.payment_id)
        self.report.answers = dict(answers.counts)
        self.report.payments = len(payments)
        self.report.completed = self._completed(outcomes)
        customers = {each.name: each.user_id for each in self.customers}
        left = remains.of_run(customers=customers, products=self._products())
        self.report.own = [self._answers(outcomes), *reckon(answers.told(), left)]

    def _everything(self, stored: Stored) -> list[Invariant]:
        return audit(stored, patience=PATIENCE)

    def _completed(self, outcomes: Mapping[str, str]) -> int:
        payments = self.market.answers.payments()
        return sum(outcomes.get(each.payment_id or "") == "completed" for each in payments)

    def _answers(self, outcomes: Mapping[str, str]) -> Invariant:
        """Every answer to a key says the same, and the books say it too."""
        contradictions = list(self.market.answers.contradictions(outcomes))
        return Invariant("answers", {"keys": len(self.market.answers.calls())}, contradictions)

    def _products(self) -> list[str]:
        return [self.market.product(name) for name in PRODUCTS]

    def _enter(self, phase: str) -> None:
        self.phase = phase
        self._say(f"seed {self.seed}: {phase}")
