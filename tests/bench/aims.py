"""The aims of speed, as ratios within one round; their median over all rounds counts."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.market import PRODUCTS
from tests.bench.rounds import CLIENTS, Round

EMPTY, FULL, SKELETON = "empty shop", "full shop", "skeleton"


@dataclass(frozen=True)
class Finding:
    """A ratio in each round, and what it should be."""

    name: str
    ratios: Sequence[float]
    at_most: float | None = None
    at_least: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def is_reached(self) -> bool:
        over = self.at_most is not None and self.median > self.at_most
        return not over and not (self.at_least is not None and self.median < self.at_least)

    @property
    def aim(self) -> str:
        return f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"


def findings(rounds: Sequence[Round]) -> list[Finding]:
    """What the rounds give; what is said of a full shop only where there was one."""

    def ratios(of: Callable[[Round], float]) -> list[float]:
        return [of(each) for each in rounds]

    def hot(clients: int) -> Finding:
        found = ratios(lambda each: each.rate(EMPTY, clients, 1) / each.rate(EMPTY, clients))
        return Finding(f"{clients} clients: one hot product, of a hundred's rate", found, at_least=0.75)

    def full(clients: int) -> Finding:
        found = ratios(lambda each: each.rate(FULL, clients) / each.rate(EMPTY, clients))
        return Finding(f"{clients} clients: full shop's rate, of the empty one's", found, at_least=0.9)

    one, some, many = against_yardsticks(rounds, EMPTY).items()
    return [
        Finding(*one, at_most=3.5),
        Finding(*some, at_least=0.18),
        Finding(*many, at_least=0.3),
        *(hot(clients) for clients in (32, 128)),
        *(full(clients) for clients in CLIENTS if (FULL, 1, PRODUCTS) in rounds[0].loads),
    ]


def against_yardsticks(rounds: Sequence[Round], subject: str) -> dict[str, list[float]]:
    """A subject's speed in each round, beside the floor and the ceiling."""
    return {
        "1 client: median, in floors": [each.median(subject, 1) / each.floor for each in rounds],
        "32 clients: of the ceiling": [each.rate(subject, 32) / each.ceiling for each in rounds],
        "128 clients: of the ceiling": [each.rate(subject, 128) / each.ceiling for each in rounds],
    }


def findings_of_pages(milliseconds: Mapping[str, float]) -> list[Finding]:
    """Of the first page of every list."""
    return [Finding(f"{path}, ms", [found], at_most=50) for path, found in milliseconds.items()]


def findings_of_overload(found: Mapping[str, Any]) -> list[Finding]:
    """Of 512 clients, and of an open loop at twice the best rate."""

    def each(load: str, figure: str) -> list[float]:
        return [every[load][figure] or 0 for every in found["rounds"]]

    after, never = found["seconds_to_recover"], 1000.0
    return [
        *(
            finding
            for load, name in (("clients", "512 clients"), ("flood", "twice the best rate"))
            for finding in (
                Finding(f"{name}: of the best rate", each(load, "of_best"), at_least=0.8),
                Finding(f"{name}: refusals' p99, ms", each(load, "refused_p99_ms"), at_most=1000),
                Finding(f"{name}: connections lost", [sum(each(load, "lost"))], at_most=0),
            )
        ),
        Finding("seconds until all is as before", [never if after is None else after], at_most=5),
    ]
