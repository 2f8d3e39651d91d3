"""How long answers took."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Latencies:
    """Of payments that got their final answer, in seconds."""

    payments: int = 0
    median: float = 0.0
    p99: float = 0.0
    longest: float = 0.0

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        found = sorted(seconds)
        if not found:
            return cls()
        return cls(len(found), _rank(found, 0.5), _rank(found, 0.99), found[-1])


def _rank(found: list[float], part: float) -> float:
    """The smallest within which so many of them were."""
    return found[math.ceil(part * len(found)) - 1]
