"""A run with the naive checkout: the same customers and faults, and what they lose."""

from collections.abc import Mapping

from tests.faults.aftermath import ask_again
from tests.faults.answers import Status
from tests.faults.audit import Invariant
from tests.faults.run import Run

GIVES_UP: frozenset[Status] = frozenset({500})  # it has an answer to an exception, of a kind


class NaiveRun(Run):
    """It has no answers to a key, so nobody is asked about one again when all is over."""

    def _quieten(self) -> float:
        ask_again(self.market, [each for each in self.market.answers.told() if not each.call.is_payment])
        return 0.0

    def _completed(self, outcomes: Mapping[str, str]) -> int:
        """As customers were told: its orders are like any that are written by hand."""
        return sum(bool(each.granted) for each in self.market.answers.payments())

    def _answers(self, outcomes: Mapping[str, str]) -> Invariant:
        told = self.market.answers.payments()
        words = [{each.partition(" ")[0] for each in one.final} for one in told]
        nothing, several = sum(not each for each in words), sum(len(each) > 1 for each in words)
        found = Invariant("answers", {"keys": len(self.market.answers.calls())}, self.market.answers.unexpected())
        if nothing:
            found.complaints.append(f"told nothing that lasts: {nothing} keys")
        if several:
            found.complaints.append(f"told that it was bought and that it was not: {several} keys")
        return found
