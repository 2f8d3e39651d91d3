"""One round after the other: floor, ceiling, and the shop under so many clients, each close to the others in time.

A machine is faster in one minute than in the next, so that only what was measured within one round is compared.
"""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.bench.floor import Floor
from tests.bench.load import CREATED, Measured, closed
from tests.bench.market import PRODUCTS, Market

CLIENTS = (1, 32, 128)
CEILING_CLIENTS = 32
WARM_UP = 3.0  # seconds
Say = Callable[[str], object]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A shop under measurement, with its customers."""

    name: str
    port: int  # of paymentservice
    market: Market

    def load(self, clients: int, seconds: float, *, products: int = PRODUCTS) -> Measured:
        return closed(self.port, clients, seconds, self.market.payments(products=products, customers=clients))


@dataclass
class Round:
    """What one round gave; rates in answers a second, times in seconds."""

    floor: float
    ceiling: float
    loads: dict[tuple[str, int, int], Measured] = field(default_factory=dict)  # by subject, clients and products

    def rate(self, subject: str, clients: int, products: int = PRODUCTS) -> float:
        return self.loads[subject, clients, products].rate(CREATED)

    def median(self, subject: str, clients: int, products: int = PRODUCTS) -> float:
        return self.loads[subject, clients, products].percentile(CREATED, 50)


def measure(
    subjects: Iterable[Subject], floor: Floor, ceiling_port: int, *, rounds: int, seconds: float, say: Say
) -> list[Round]:
    """So many rounds, after a warm-up."""
    subjects = list(subjects)
    for each in subjects:
        say(f"warm-up, {each.name}")
        each.load(CEILING_CLIENTS, WARM_UP)
    return [_measure_once(subjects, floor, ceiling_port, seconds, counting(say, n, rounds)) for n in range(rounds)]


def counting(say: Say, number: int, rounds: int) -> Say:
    """Say of what it says in which of how many rounds that is."""
    return lambda what: say(f"round {number + 1} of {rounds}: {what}")


def _measure_once(subjects: list[Subject], floor: Floor, ceiling_port: int, seconds: float, say: Say) -> Round:
    say("floor")
    writes = statistics.median(floor.measure(seconds / 2))
    say("ceiling")
    wish = subjects[0].market.payments(products=PRODUCTS, customers=CEILING_CLIENTS)
    found = Round(writes, closed(ceiling_port, CEILING_CLIENTS, seconds / 2, wish).rate(CREATED))
    for subject in subjects:
        for clients in CLIENTS:
            for products in (PRODUCTS, 1) if clients > 1 else (PRODUCTS,):
                say(f"{subject.name}, clients: {clients}, products: {products}")
                found.loads[subject.name, clients, products] = subject.load(clients, seconds, products=products)
    return found
