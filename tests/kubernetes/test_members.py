"""MongoDB with three members loses its primary while customers buy; and one can be made of three again."""

import time
from collections.abc import Iterator

import pytest

from local.catalogue import MONGODB
from local.waiting import holds_within
from tests.blackbox.shop import Shop
from tests.cluster import Cluster
from tests.faults.aftermath import settle, until_healed
from tests.faults.buying import AGAIN, UNKEPT, buying
from tests.faults.market import Market
from tests.faults.programs import Pods
from tests.kubernetes.purchase import Purchase
from tests.pods import SHOP, workload

CUSTOMERS, PURCHASES = 4, 20
BOUGHT_WITHIN = 90.0  # seconds; ten of them until the others miss the primary

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def three_members(cluster: Cluster) -> Iterator[Cluster]:
    try:
        scale(cluster, 3)
        yield cluster
    finally:
        cluster.kubectl(
            "exec", f"--namespace={SHOP}", "mongodb-0", "--", "mongosh", "--quiet", "--nodb", "/eshop/keep_first.js"
        )
        others = [each for each in cluster.pods(MONGODB) if each.name != "mongodb-0"]
        scale(cluster, 1)
        cluster.until_gone(others)
        cluster.kubectl("delete", "persistentvolumeclaims", f"--namespace={SHOP}", "data-mongodb-1", "data-mongodb-2")
        until_healed(cluster.urls)


def scale(cluster: Cluster, number: int) -> None:
    cluster.kubectl("scale", f"--namespace={SHOP}", workload(MONGODB), f"--replicas={number}")
    cluster.until_rolled_out(MONGODB)


def test_nothing_is_lost_with_a_primary_that_dies(three_members: Cluster, shop: Shop) -> None:
    purchase = Purchase(shop)
    market = Market(three_members.urls, prefix=f"members-{time.time_ns():x}", in_doubt=AGAIN, headers=UNKEPT)

    def some_more_bought() -> bool:
        wanted = market.answers.counts[201] + PURCHASES
        return holds_within(BOUGHT_WITHIN, lambda: market.answers.counts[201] >= wanted)

    with buying(market, CUSTOMERS) as visitors:
        assert some_more_bought()
        former, _ = three_members.primary()
        began = time.monotonic()
        assert Pods(three_members).end(former)
        assert some_more_bought()
        print(f"{former.name} died; bought again after {time.monotonic() - began:.0f} s")
        three_members.until_rolled_out(MONGODB)
    _, books = settle(market, three_members)

    print(f"told {dict(market.answers.counts)}; visitors told {dict(visitors)}")
    assert list(market.answers.contradictions(books.outcomes())) == []
    assert books.violations() == []
    assert visitors.keys() <= {200, 503}
    assert purchase.told() == purchase.known
