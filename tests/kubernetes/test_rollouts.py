"""Every service is restarted, and gets another image and the old one back, while customers buy: nobody notices."""

import time
from collections.abc import Iterator
from functools import partial

import pytest

from local.catalogue import SERVICE_NAMES
from tests.cluster import Cluster
from tests.faults.aftermath import settle
from tests.faults.buying import AGAIN, UNKEPT, buying
from tests.faults.market import Market
from tests.pods import NAMESPACES, workload

SENT_AGAIN = 0.1  # of all payments, at the most
CUSTOMERS = 4

pytestmark = pytest.mark.timeout(600)


def image(cluster: Cluster, service: str) -> str:
    """The image that a service's next pods will have."""
    made = cluster.get(f"--namespace={NAMESPACES[service]}", workload(service))
    return str(made["spec"]["template"]["spec"]["containers"][0]["image"])


@pytest.fixture
def newer(cluster: Cluster, service: str) -> Iterator[str]:
    """Another tag of a service's image, as a release would have; afterwards the old one runs, come what may."""
    older, tag = image(cluster, service), "newer-than-the-tests"
    cluster.tag(older, tag)
    yield f"{service}:{tag}"
    set_image(cluster, service, older)
    cluster.until_rolled_out(service)


def set_image(cluster: Cluster, service: str, image: str) -> None:
    cluster.kubectl("set", "image", f"--namespace={NAMESPACES[service]}", workload(service), f"{service}={image}")


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_no_payment_fails_and_no_visitor_meets_an_error_while_a_service_is_replaced(
    cluster: Cluster, service: str, newer: str
) -> None:
    older = image(cluster, service)
    market = Market(cluster.urls, prefix=f"rollout-{time.time_ns():x}", in_doubt=AGAIN, headers=UNKEPT)
    with buying(market, CUSTOMERS) as visitors:
        for replace in (
            partial(cluster.kubectl, "rollout", "restart", f"--namespace={NAMESPACES[service]}", workload(service)),
            partial(set_image, cluster, service, newer),
            partial(set_image, cluster, service, older),
        ):
            former, paid, began = cluster.pods(service), market.answers.counts[201], time.monotonic()
            replace()
            cluster.until_rolled_out(service)
            cluster.until_gone(former)
            assert market.answers.counts[201] > paid, "nobody bought meanwhile"
            print(f"{service}: {cluster.pods(service)[0].image} in {time.monotonic() - began:.1f} s")
    _, books = settle(market, cluster)

    payments = market.answers.payments()
    print(f"{len(payments)} payments, told {dict(market.answers.counts)}; visitors told {dict(visitors)}")
    assert list(market.answers.contradictions(books.outcomes())) == []
    assert {tuple(each.final)[0].split()[0] for each in payments} == {"completed"}
    assert books.violations() == []
    assert visitors.keys() == {200}
    assert sum(market.answers.counts[each] for each in AGAIN) <= len(payments) * SENT_AGAIN
