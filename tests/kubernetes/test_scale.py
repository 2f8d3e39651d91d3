"""More than one of a kind: two services by threes under faults."""

import random
from collections.abc import Iterator

import pytest

from tests.cluster import Cluster
from tests.faults.answers import BEHIND_A_GATE
from tests.faults.pods import Pods
from tests.faults.undisturbed import run

SCALED = ("paymentservice", "productservice")
THREE, SECONDS = 3, 40.0

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def by_threes(cluster: Cluster) -> Iterator[Cluster]:
    try:
        scale(cluster, THREE)
        yield cluster
    finally:
        scale(cluster, 1)


def scale(cluster: Cluster, number: int) -> None:
    for service in SCALED:
        cluster.scale(service, number)
    for service in SCALED:
        cluster.until_rolled_out(service)


def test_the_books_balance_with_services_by_threes(by_threes: Cluster) -> None:
    assert {service: len(by_threes.pods(service)) for service in SCALED} == dict.fromkeys(SCALED, THREE)
    seed = random.SystemRandom().randrange(10**6)
    report = run(by_threes, Pods(by_threes), seed=seed, seconds=SECONDS, in_doubt=BEHIND_A_GATE)
    print(report)
    assert report.violations == [], f"seed {seed}"
    assert report.completed > 0
    assert report.hits >= SECONDS / 10
