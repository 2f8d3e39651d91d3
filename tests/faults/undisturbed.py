"""A run on a shop of the tests' own, which nobody else uses: nothing at all may be under way in the end."""

from collections.abc import Callable

from tests.faults import chaos
from tests.faults.aftermath import ask_again, until_quiet
from tests.faults.answers import IN_DOUBT, Status
from tests.faults.audit import Invariant, audit
from tests.faults.programs import Programs
from tests.faults.report import Report
from tests.faults.run import Run
from tests.faults.stored import Stored
from tests.running import RunningShop


def run(
    shop: RunningShop,
    programs: Programs,
    *,
    seed: int,
    seconds: float,
    in_doubt: frozenset[Status] = IN_DOUBT,
    say: Callable[[str], object] = print,
) -> Report:
    """Hurt a shop of the tests' own for `seconds`, let it heal, and audit all that it has stored."""
    return Undisturbed(shop, programs, seed=seed, faults=chaos.plan(seed, seconds), in_doubt=in_doubt, say=say).go()


class Undisturbed(Run):
    """On a shop that nobody else uses: in the end nothing at all is under way."""

    def _quieten(self) -> float:
        ask_again(self.market, self.market.answers.told())
        seconds = until_quiet(self.shop)
        ask_again(self.market, self.market.answers.told())
        return seconds

    def _everything(self, stored: Stored) -> list[Invariant]:
        *others, payments = audit(stored)
        payments.complaints += [f"{reference}: still reserved" for reference in stored.under_way()]
        return [*others, payments]
