"""After the harm: every service is ready, every key has a final answer, and nothing is open any more."""

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pymongo.database import Database

from chassis import mongo
from local.catalogue import SERVICES
from tests.faults.answers import Told
from tests.faults.books import Books
from tests.faults.market import Market
from tests.running import RunningShop

ASKERS = 16  # threads
HEALED_WITHIN = 60.0  # seconds until every service works again
EVERYBODYS: Mapping[str, Any] = {}
QUIET_WITHIN = 180.0  # seconds until recovery has ended what was left open, its leases doubled twice


def until_healed(urls: Mapping[str, str]) -> float:
    """Seconds until every service reads what its store holds; no gate shows whether it says that it is ready."""
    market = Market(urls, prefix="")
    return _until(lambda: all_read(market), HEALED_WITHIN, "every service is ready")


def all_read(market: Market) -> bool:
    return all(market.request("GET", each.name, f"/{each.plural}?limit=1")[0] == 200 for each in SERVICES)


def settle(market: Market, shop: RunningShop) -> tuple[float, Books]:
    """Seconds until no payment is under way, for a customer or for recovery; and all that is stored then."""
    ask_again(market, market.answers.told())
    seconds = until_quiet(shop)
    ask_again(market, market.answers.told())
    database = mongo.connect(shop.mongo_uri)
    with database.client:
        return seconds, Books.read(database, shop.postgres_dsn)


def until_quiet(shop: RunningShop, whose: Mapping[str, Any] = EVERYBODYS) -> float:
    """Seconds until recovery has ended what was left open among the reservations that are meant."""
    database = mongo.connect(shop.mongo_uri)
    with database.client:
        return _until(lambda: _is_quiet(database, whose), QUIET_WITHIN, "no reservation is open")


def ask_again(market: Market, told: Collection[Told]) -> None:
    """These keys once more, until each answer is final; and what became of every payment among them."""

    def ask(each: Told) -> None:
        call = each.call
        _until(lambda: market.send(call), HEALED_WITHIN, f"{call.path} {call.key} has a final answer")

    payments = [each for each in told if each.call.is_payment]
    with ThreadPoolExecutor(ASKERS) as pool:
        list(pool.map(ask, told))
        list(pool.map(lambda each: market.look_back(each.call, each.payment_id or "none"), payments))


def _is_quiet(database: Database[dict[str, Any]], whose: Mapping[str, Any]) -> bool:
    return database["reservations"].count_documents({**whose, "state": "reserved"}, limit=1) == 0


def _until(holds: Callable[[], bool], seconds: float, what: str) -> float:
    """Seconds until it holds; fails the run when that takes too long."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.2)
    return time.monotonic() - began
