"""Payments held at every step of the checkout when a container dies.

Two payments are sent as far as each of five steps, where a lock in a database holds them; a container is killed and
started again, and the locks are let go.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any

from pymongo.database import Database

from chassis import mongo
from chassis.deadlines import LONGEST
from local.catalogue import SERVICES
from local.waiting import holds_within
from paymentservice.domain import payment_id_of
from tests.blackbox.shop import Shop
from tests.compose import Compose
from tests.docker.locks import Locks, Recorded
from tests.faults.aftermath import until_healed
from tests.faults.answers import IN_DOUBT, Status
from tests.faults.books import Books
from tests.faults.market import Market
from tests.faults.silence import Silence

FUNDS, STOCK, PRICE, QUANTITY = 100, 5, 3, 2
HELD_WITHIN = 4.0  # seconds; paymentservice gives a step up after six
ENDED_WITHIN = 90.0  # seconds, by a customer or by recovery
ASKED_AGAIN, LEFT_ALONE = WAYS = ("asked again", "left alone")
WALLETS = "walletservice"


class Payment:
    """The only purchase of its customer, of a product that nobody else buys."""

    def __init__(self, shop: Shop, market: Market) -> None:
        self.customer = shop.customer(funds=FUNDS)
        self.product_name = shop.product(price=PRICE, quantity=STOCK)
        self._key = uuid.uuid4().hex
        self.id = payment_id_of(user_id=self.customer.user_id, key=self._key)
        self.told: list[tuple[Status, Mapping[str, Any]]] = []
        self._market = market

    def send(self) -> bool:
        """Send it once; whether the answer is final."""
        body = {**asdict(self.customer), "product_name": self.product_name, "quantity": QUANTITY}
        headers = {"Idempotency-Key": self._key}
        self.told.append(self._market.request("POST", "paymentservice", "/payments", body, headers))
        self.answered_at = datetime.now(UTC)
        return self.told[-1][0] not in IN_DOUBT

    def look_back(self) -> None:
        self.told.append(self._market.request("GET", "paymentservice", f"/payments/{self.id}"))

    def is_answered_before(self, moment: datetime) -> bool:
        """Whether its only answer yet came by then; the end of a connection is none."""
        return self.answered_at <= moment and not isinstance(self.told[0][0], Silence)

    def told_for_good(self) -> set[str]:
        """Everything that was said and must not change: what was bought, or why not."""
        return {_essence(body) for status, body in self.told if status not in IN_DOUBT}


def _essence(body: Mapping[str, Any]) -> str:
    if body.get("status") == "completed":
        return f"{body['quantity']} for {body['amount']:.2f}"
    return str(body.get("code") or body)


@dataclass(frozen=True)
class Step:
    """What paymentservice asks for at a step, all that is recorded of a payment held there, and what holds it."""

    operation: str
    recorded: Recorded
    lock: Callable[[Locks, Payment], None]


# The last one first: who is held at an early step would be in the way of all who come later.
STEPS = {
    "settle": Step(
        "/internal/reservations/settle",
        Recorded("reserved", "charged", order=True),
        lambda locks, payment: locks.settle(payment.id),
    ),
    "order": Step(
        "/internal/orders/write",
        Recorded("reserved", "charged", order=False),
        lambda locks, payment: locks.order(payment.id),
    ),
    "charge": Step(
        "/internal/wallets/deduct",
        Recorded("reserved", None, order=False),
        lambda locks, payment: locks.charge(payment.id),
    ),
    "stock": Step(
        "/internal/reservations/deduct",
        Recorded(None, None, order=False),
        lambda locks, payment: locks.stock(payment.product_name),
    ),
    "look": Step(
        "/internal/wallets/look",
        Recorded(None, None, order=False),
        lambda locks, _: locks.look(),
    ),
}


class Experiment:
    """Ten payments, one kill, and what comes of them."""

    def __init__(self, compose: Compose, customers: Executor) -> None:
        self._compose = compose
        self._customers = customers
        self._shop = Shop({each.plural: compose.urls[each.name] for each in SERVICES})
        market = Market(compose.urls, prefix="")
        self.payments = {each: Payment(self._shop, market) for each in product(STEPS, WAYS)}
        self._sent: list[Future[bool]] = []

    def kill(self, victim: str) -> bool:
        """Let it die, and start it again; whether payments were held at every step when it died."""
        try:
            with Locks(self._compose) as locks:
                if not self._hold_all(locks):
                    return False
                assert self._compose.kill(victim)
                # A dead walletservice's commits still wait: they succeed when let go, and nobody hears of it.
                held = victim != WALLETS or "charge" in locks.waited_for()
            died_at = datetime.fromisoformat(self._compose.inspect(victim)["State"]["FinishedAt"])
        finally:
            self._compose.start(victim)
        until_healed(self._compose.urls)
        for each in self._sent:
            each.result()
        unanswered = (each for (step, _), each in self.payments.items() if step != "settle")
        return held and not any(each.is_answered_before(died_at) for each in unanswered)

    def end(self) -> Books:
        """Let the customers who ask again do so, and recovery end the rest; what is stored then."""
        asking = [payment.send for (_, way), payment in self.payments.items() if way == ASKED_AGAIN]
        assert all(self._customers.map(lambda send: holds_within(ENDED_WITHIN, send), asking)), "no final answer"
        database = mongo.connect(self._compose.mongo_uri)
        with database.client:
            assert holds_within(ENDED_WITHIN, lambda: self._is_quiet(database)), "reservations stay open"
            for each in self.payments.values():
                each.look_back()
            return Books.read(database, self._compose.postgres_dsn)

    def _hold_all(self, locks: Locks) -> bool:
        """Whether all payments came as far as they should, and wait there."""
        for step in STEPS:
            if not self._hold([self.payments[step, way] for way in WAYS], step, locks):
                return False
        return holds_within(HELD_WITHIN, lambda: locks.waited_for() == set(STEPS))

    def _hold(self, payments: Sequence[Payment], step: str, locks: Locks) -> bool:
        """Send payments as far as this step; whether they came there in time."""
        asked_for = self._asked_for(step) + len(payments)
        if step == "settle" and not self._hold(payments, "charge", locks):  # until there is a reservation to lock
            return False
        for each in payments:
            STEPS[step].lock(locks, each)
        if step != "settle":
            self._sent += [self._customers.submit(each.send) for each in payments]
            self._over_at = time.monotonic() + LONGEST
        held = [STEPS[step].recorded] * len(payments)
        return holds_within(HELD_WITHIN, lambda: self._asked_for(step) >= asked_for) and holds_within(
            HELD_WITHIN, lambda: [locks.recorded(each.id) for each in payments] == held
        )

    def _is_quiet(self, database: Database[mongo.Document]) -> bool:
        """Whether nothing is open, and nothing that the first calls began can be under way any more."""
        return time.monotonic() > self._over_at and not database["reservations"].count_documents({"state": "reserved"})

    def _asked_for(self, step: str) -> float:
        """How often paymentservice has asked for what this step needs."""
        series = f'batch_size_sum{{operation="{STEPS[step].operation}"}}'
        [line] = [each for each in self._shop.get("payments", "/metrics").text.splitlines() if each.startswith(series)]
        return float(line.split()[-1])
