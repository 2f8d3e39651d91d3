"""Recovery: payments that nobody finishes are finished here, in every replica, for ever."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter
from structlog.contextvars import bound_contextvars

from chassis import deadlines, logs
from paymentservice.checkout import Participants
from paymentservice.domain import Memo
from paymentservice.promises import Answer, InDoubt, carry_out

CLAIM = 32  # reservations a sweep takes at a time
WORKERS = 8  # how many it finishes at once: they share calls, and a stuck one does not block the others
SECONDS_EACH = 8.0  # after which one is left to its next lease
log = structlog.get_logger()


class Recovery:
    """Claims reservations that stayed open too long and brings each to its end."""

    def __init__(self, shop: Participants, registry: CollectorRegistry) -> None:
        self._shop = shop
        self._workers = ThreadPoolExecutor(WORKERS)
        self._tried = Counter("recoveries_tried", "Open reservations taken up.", registry=registry)
        self._failed = Counter("recoveries_failed", "Of these, left to their next lease.", registry=registry)
        self._ended = Counter("recoveries_ended", "How they ended.", ["outcome"], registry=registry)

    def sweep(self) -> int:
        """Take up what is open too long; how many were taken up. Raises InDoubt when none could be claimed."""
        with deadlines.deadline(SECONDS_EACH):
            claimed = self._shop.products.claim(CLAIM)
        list(self._workers.map(self._take_up, claimed))
        return len(claimed)

    def run(self, wait: Callable[[float], object], interval: float) -> None:
        """Sweep for ever, `interval` seconds apart; at once again while there is more than one sweep takes."""
        while True:
            full = False
            try:
                full = self.sweep() >= CLAIM
            except InDoubt as doubt:
                log.warning("recovery cannot claim", doubt=str(doubt))
            except Exception as error:  # a sweep that dies would leave every later payment open
                log.error("bug", **logs.where(error))
            if not full:
                wait(interval)

    def start(self, interval: float) -> None:
        """Sweep in a thread of its own until the process ends."""
        stopped = threading.Event()
        threading.Thread(target=self.run, args=(stopped.wait, interval), daemon=True).start()

    def _take_up(self, claimed: Answer) -> None:
        """Finish one; whatever goes wrong with it is counted and logged, and concerns no other."""
        reference, memo = claimed["reference"], claimed["memo"] or {}
        request_id = str(memo.get("request_id") or reference.rpartition(":")[2])
        self._tried.inc()
        with bound_contextvars(service="paymentservice", request_id=request_id), deadlines.deadline(SECONDS_EACH):
            try:
                outcome = carry_out(self._finish(reference, memo, request_id))
            except Exception as error:
                self._failed.inc()
                reason = str(error) if isinstance(error, InDoubt) else type(error).__name__
                log.error("recovery failed", reference=reference, attempts=claimed["attempts"], reason=reason)
            else:
                self._ended.labels(outcome).inc()
                log.info("recovered", reference=reference, attempts=claimed["attempts"], outcome=outcome)

    async def _finish(self, reference: str, memo: dict[str, Any], request_id: str) -> str:
        """Ask the wallet, making an undecided charge a no; then the order, or the stock back. Raises InDoubt."""
        entry = await self._shop.wallets.void(reference, request_id=request_id)
        if not entry.is_charged:
            await self._shop.products.release(reference, request_id=request_id, code=entry.refusal)
            return "released"
        order = Memo.model_validate(memo).order(reference.removeprefix("payment:"))
        await self._shop.orders.write(reference, request_id=request_id, order=order)
        await self._shop.products.settle(reference, request_id=request_id)
        return "settled"
