"""Every service is replaced by a new container while customers buy, and no payment is lost."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.catalogue import PROGRAMS, SERVICE_NAMES
from tests.compose import Compose
from tests.docker.request_log import RequestLog
from tests.faults.aftermath import settle
from tests.faults.answers import Status
from tests.faults.buying import AGAIN, PRODUCT, buying
from tests.faults.market import Market
from tests.faults.silence import Silence

NOT_BEGUN: frozenset[Status] = frozenset({Silence.REFUSED, Silence.EMPTY})


@pytest.fixture
def patient(compose: Compose) -> Iterator[Compose]:
    """The shop with the recovery of real life: the tests' own would end payments that wait for the next container."""
    yield replace(compose, variables={})
    compose.up()


@pytest.mark.timeout(600)
def test_no_payment_is_lost_while_every_service_is_recreated(patient: Compose) -> None:
    log = RequestLog(patient)
    market = Market(patient.urls, prefix=f"recreate-{time.time_ns():x}", in_doubt=AGAIN | NOT_BEGUN)
    with buying(market) as seen:
        for service in SERVICE_NAMES:
            with log.kept(service):
                began = time.monotonic()
                patient.recreate(service)
                print(f"{service} recreated in {time.monotonic() - began:.1f} s")
    _, books = settle(market, patient)
    assert [name for name in PROGRAMS if patient.inspect(name)["State"]["OOMKilled"]] == []

    payments = market.answers.payments()
    print(f"{len(payments)} payments, told {dict(market.answers.counts)}; visitors told {dict(seen)}")
    assert books.violations() == []
    assert list(market.answers.contradictions(books.outcomes())) == []
    assert {tuple(each.final)[0].split()[0] for each in payments} == {"completed"}
    orders = [each["_id"] for each in books.orders if each["product_name"] == market.product(PRODUCT)]
    assert sorted(orders) == sorted(str(each.payment_id) for each in payments)
    assert seen.keys() <= {200, 503, *NOT_BEGUN}
    assert market.answers.counts.keys() & NOT_BEGUN, "nobody met a service that was away"
    assert log.begun(market.unanswered) == {}, "payments were cut off that had begun"
