"""MongoDB with three members, by one value, loses its primary while customers buy; back to one it goes in order."""

import time
from collections.abc import Iterator

import pytest

from local.catalogue import MONGODB
from local.waiting import holds_within
from tests.blackbox.shop import Shop
from tests.compose import CommandFailed
from tests.faults.aftermath import settle, until_healed
from tests.faults.buying import AGAIN, UNKEPT, buying
from tests.faults.market import Market
from tests.faults.pods import Pods
from tests.kubernetes.purchase import Purchase
from tests.pods import SHOP, workload
from tests.releases import Releases

CUSTOMERS, PURCHASES = 4, 20
BOUGHT_WITHIN = 90.0  # seconds; ten of them until the others miss the primary
MEMBERS = "--set=mongodb.replicas={}".format

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def three_members(releases: Releases) -> Iterator[Releases]:
    try:
        releases.upgrade(SHOP, MEMBERS(3))
        yield releases
    finally:
        others = [each for each in releases.pods(MONGODB) if each.name != "mongodb-0"]
        mongosh = ("mongosh", "--quiet", "--nodb", "/eshop/keep_first.js")
        releases.kubectl("exec", f"--namespace={SHOP}", "mongodb-0", "--", *mongosh)
        releases.kubectl("scale", f"--namespace={SHOP}", workload(MONGODB), "--replicas=1")
        releases.until_gone(others)
        releases.upgrade(SHOP, MEMBERS(1))
        releases.kubectl("delete", "persistentvolumeclaims", f"--namespace={SHOP}", "data-mongodb-1", "data-mongodb-2")
        until_healed(releases.urls)


def test_nothing_is_lost_with_a_primary_that_dies_and_no_majority_is_given_away(
    three_members: Releases, shop: Shop
) -> None:
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
        with pytest.raises(CommandFailed, match="3 members of MongoDB are to become 1: first .*keep_first.js"):
            three_members.upgrade(SHOP, MEMBERS(1))
    _, books = settle(market, three_members)

    print(f"told {dict(market.answers.counts)}; visitors told {dict(visitors)}")
    assert len(three_members.pods(MONGODB)) == 3
    assert list(market.answers.contradictions(books.outcomes())) == []
    assert books.violations() == []
    assert visitors.keys() <= {200, 503}
    assert purchase.told() == purchase.known
