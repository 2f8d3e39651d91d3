"""How long the first page of every list takes."""

import statistics
import time
from typing import Any

from local.catalogue import SERVICES
from local.shop import Shop
from tests.web import new_session

TRIES = 11
LIMITS = (10, 1000)  # a page as a person reads it, and the longest there is


def first_pages(shop: Shop, *, user_id: str) -> dict[str, float]:
    """Milliseconds, the median of some tries, by path."""
    paths = [(each.name, f"/{each.plural}") for each in SERVICES] + [("orderservice", f"/orders/user/{user_id}")]
    with new_session() as session:

        def ask(url: str) -> float:
            began = time.perf_counter()
            answer: Any = session.get(url, timeout=10)
            answer.raise_for_status()
            return (time.perf_counter() - began) * 1000

        return {
            f"{path}?limit={limit}": round(
                statistics.median(ask(f"{shop.urls[name]}{path}?limit={limit}") for _ in range(TRIES)), 1
            )
            for name, path in paths
            for limit in LIMITS
        }
