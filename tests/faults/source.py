"""What the audit is held over: shelves, purses and the traces of payments, each a stream."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

Row = Mapping[str, Any]
PAYMENT = "payment:"


@dataclass(frozen=True)
class Shelf:
    """A product: all that ever came in, what is left, what was promised and what was sold."""

    name: str
    stocked: int
    left: int
    reserved: int
    sold: int


@dataclass(frozen=True)
class Purse:
    """A wallet in cents: what it holds, none where it is not there, and what its ledger says."""

    id: Any
    balance: int | None
    credited: int
    charged: int
    debited: int


@dataclass(frozen=True)
class Trace:
    """What one payment has left behind in each of the three places."""

    reference: str
    charge: int | None = None
    order: Row | None = None
    kept: Row | None = None


class Source(Protocol):
    """All that is stored. Nothing of it needs to be in memory as a whole."""

    def shelves(self) -> Iterable[Shelf]: ...
    def purses(self) -> Iterable[Purse]: ...
    def traces(self) -> Iterable[Trace]: ...
    def under_way(self) -> Iterable[str]:
        """The references of what is reserved, and neither sold nor released."""

    def traces_of(self, references: Collection[str]) -> Iterable[Trace]:
        """What is there now."""


def joined(**parts: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each of several streams says of a name, by part. Each stream is in the order of its names."""
    streams = [_of_part(part, rows) for part, rows in parts.items()]
    for name, group in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        yield name, {part: row for _, part, row in group}


def _of_part(part: str, rows: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    for name, row in rows:
        yield name, part, row
