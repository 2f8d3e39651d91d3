"""Every service gets another image by Helm, and the old one back, while customers buy: nobody notices."""

import time

import pytest

from local.catalogue import SERVICE_NAMES
from tests.faults.aftermath import settle
from tests.faults.buying import AGAIN, UNKEPT, buying
from tests.faults.market import Market
from tests.pods import BANK, NAMESPACES, SHOP
from tests.releases import Releases

CUSTOMERS = 4
NEWER = "newer-than-the-tests"

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def newer(releases: Releases) -> str:
    """Another tag of every service's image, as a release would have."""
    for service in SERVICE_NAMES:
        releases.tag(f"{service}:1.0.0", NEWER)
    return NEWER


def images(releases: Releases) -> dict[str, set[str]]:
    return {service: {pod.image for pod in releases.pods(service)} for service in SERVICE_NAMES}


def test_no_payment_fails_during_an_upgrade_and_the_way_back(releases: Releases, newer: str) -> None:
    market = Market(releases.urls, prefix=f"upgrade-{time.time_ns():x}", in_doubt=AGAIN, headers=UNKEPT)
    paid: list[int] = []

    def go(tag: str) -> None:
        """Wait until all of one version run, and nothing of the other."""
        for service in SERVICE_NAMES:
            releases.until_rolled_out(service)
        releases.until_gone([pod for service in SERVICE_NAMES for pod in former[service]])
        assert images(releases) == {service: {f"{service}:{tag}"} for service in SERVICE_NAMES}
        paid.append(market.answers.counts[201])

    with buying(market, CUSTOMERS) as visitors:
        former = {service: releases.pods(service) for service in SERVICE_NAMES}
        paid.append(market.answers.counts[201])
        for half in (SHOP, BANK):
            mine = [each for each in SERVICE_NAMES if NAMESPACES[each] == half]
            releases.upgrade(half, *(f"--set={service}.image.tag={newer}" for service in mine))
        go(newer)
        former = {service: releases.pods(service) for service in SERVICE_NAMES}
        for half in (SHOP, BANK):
            releases.helm(half, "rollback", half)
        go("1.0.0")
    _, books = settle(market, releases)

    payments = market.answers.payments()
    print(f"{len(payments)} payments, told {dict(market.answers.counts)}; visitors told {dict(visitors)}")
    assert paid == sorted(set(paid)), "nobody bought meanwhile"
    assert list(market.answers.contradictions(books.outcomes())) == []
    assert {tuple(each.final)[0].split()[0] for each in payments} == {"completed"}
    assert books.violations() == []
    assert visitors.keys() == {200}
    # A rollback has changed values, too: the next upgrade must not bring the newer tag back.
    releases.upgrade(BANK)
    assert images(releases)["walletservice"] == {"walletservice:1.0.0"}
