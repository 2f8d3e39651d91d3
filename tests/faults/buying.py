"""A load that never rests: customers who buy, and visitors who look at what they bought."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from local.catalogue import SERVICES
from tests.faults.answers import Status
from tests.faults.customers import Customer
from tests.faults.market import Market

CUSTOMERS = 8
THINKING = 0.1  # seconds between two purchases
PRODUCT = "plenty"
AGAIN: frozenset[Status] = frozenset({202, 503})  # what may come beside the one final answer
# A gate that reads its configuration anew closes connections that are kept for the next request, maybe just as it
# comes. No shop can help that, so whoever is to meet no closed connection at all keeps none.
UNKEPT = {"Connection": "close"}


@contextmanager
def buying(market: Market, customers: int = CUSTOMERS) -> Iterator[Counter[Status]]:
    """Keep the market busy meanwhile; what visitors are told, a count that grows."""
    market.stock(PRODUCT, price=1, quantity=1_000_000)
    told: Counter[Status] = Counter()
    buyers = [Customer(market, number, seed=0, funds=1_000_000) for number in range(customers)]
    with ThreadPoolExecutor(customers + len(SERVICES)) as pool:
        living = [pool.submit(buy, market, each) for each in buyers]
        living += [pool.submit(visit, market, each.name, f"/{each.plural}?limit=5", told) for each in SERVICES]
        try:
            yield told
        finally:
            market.stop.set()
        for each in living:
            each.result()


def buy(market: Market, customer: Customer) -> None:
    while not market.stop.wait(THINKING):
        payment = customer.payment(PRODUCT, 1)
        while not customer.insist(payment) and not market.stop.is_set():
            pass


def visit(market: Market, service: str, path: str, told: Counter[Status]) -> None:
    while not market.stop.wait(THINKING):
        status, _ = market.request("GET", service, path)
        told[status] += 1
