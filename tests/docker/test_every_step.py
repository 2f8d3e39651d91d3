"""A container killed at each step of a checkout: no payment is lost, halved or doubled, whoever ends it.

Each container in turn dies under ten payments, two of them held at each step. Of each two customers one asks again
until she has a final answer; the other is never heard of any more, and recovery ends what he began.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from local.catalogue import PROGRAMS
from tests.compose import Compose
from tests.docker.experiment import (
    FUNDS,
    LEFT_ALONE,
    PRICE,
    QUANTITY,
    STEPS,
    STOCK,
    WALLETS,
    WAYS,
    Experiment,
    Payment,
)
from tests.docker.locks import commits_that_can_be_held
from tests.faults.books import Books

TRIES = 5  # a machine may be so slow that payments end before docker has killed anything
COMPLETED, NOTHING = f"{QUANTITY} for {QUANTITY * PRICE:.2f}", "payment_not_found"


@dataclass(frozen=True)
class Aftermath:
    """Of one kill, when all is quiet again."""

    victim: str
    payments: Mapping[tuple[str, str], Payment]
    books: Books

    def booked(self, payment: Payment) -> str:
        """What became of a payment, in the words in which its customer is told."""
        for order in self.books.orders:
            if order["_id"] == payment.id:
                return f"{order['quantity']} for {order['amount'] / 100:.2f}"
        return self.books.outcomes().get(payment.id, NOTHING)


@pytest.fixture(scope="module", autouse=True)
def commits(compose: Compose) -> Iterator[None]:
    with commits_that_can_be_held(compose):
        yield


@pytest.fixture(scope="module", params=PROGRAMS)
def aftermath(request: pytest.FixtureRequest, compose: Compose) -> Aftermath:
    with ThreadPoolExecutor(len(STEPS) * len(WAYS)) as customers:
        experiments = (Experiment(compose, customers) for _ in range(TRIES))
        experiment = next((each for each in experiments if each.kill(request.param)), None)
        assert experiment, "docker is slower than the payments, so that none was held when it killed"
        aftermath = Aftermath(request.param, experiment.payments, experiment.end())
    for (step, way), payment in aftermath.payments.items():
        told = ", ".join(str(status) for status, _ in payment.told)
        print(f"{request.param} killed, {step}, {way}: told {told}; booked {aftermath.booked(payment)}")
    return aftermath


def test_the_books_balance(aftermath: Aftermath) -> None:
    assert aftermath.books.violations() == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", STEPS)
def test_it_is_paid_wholly_or_not_at_all(aftermath: Aftermath, step: str, way: str) -> None:
    payment, books = aftermath.payments[step, way], aftermath.books
    [wallet] = [each for each in books.wallets if each["user_name"] == payment.customer.user_name]
    [stock] = [each["quantity"] for each in books.products if each["product_name"] == payment.product_name]
    orders = [each["_id"] for each in books.orders if each["user_id"] == payment.customer.user_id]
    paid = (100 * (FUNDS - PRICE * QUANTITY), STOCK - QUANTITY, [payment.id])
    not_at_all: tuple[int, int, list[str]] = (100 * FUNDS, STOCK, [])
    assert (wallet["amount"], stock, orders) in (paid, not_at_all)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", STEPS)
def test_what_the_customer_was_told_is_what_is_booked(aftermath: Aftermath, step: str, way: str) -> None:
    payment = aftermath.payments[step, way]
    assert payment.told_for_good() == {aftermath.booked(payment)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", STEPS)
def test_what_the_first_answer_promised_is_kept(aftermath: Aftermath, step: str, way: str) -> None:
    payment = aftermath.payments[step, way]
    first, booked = payment.told[0][0], aftermath.booked(payment)
    if first == 202:
        assert booked != NOTHING, "pending, it said"
    if first == 503 and way == LEFT_ALONE:
        assert booked != COMPLETED, "nothing will be charged, it said"


@pytest.mark.parametrize("way", WAYS)
def test_what_is_charged_is_delivered(aftermath: Aftermath, way: str) -> None:
    """That which was charged when the container died, or by a walletservice that died before it could say so."""
    charged = ("settle", "order", "charge") if aftermath.victim == WALLETS else ("settle", "order")
    booked = {step: aftermath.booked(aftermath.payments[step, way]) for step in charged}
    assert booked == dict.fromkeys(charged, COMPLETED)
