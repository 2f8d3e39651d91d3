"""The words of the model: what is asked of a service, what it writes down, and what all of them hold together."""

from typing import Literal, NamedTuple, TypeAlias

Operation: TypeAlias = Literal[
    "reserve", "refuse", "release", "settle", "take",  # asked of productservice
    "charge", "void", "debit",  # asked of walletservice
    "order",  # asked of orderservice
    "look", "find", "see order", "see wallet", "see stock",  # reading, which changes nothing
]  # fmt: skip
READINGS = ("look", "find", "see order", "see wallet", "see stock")
State: TypeAlias = Literal[
    "nothing", "another body", "unreachable",
    "reserved", "refused", "released", "sold",
    "charged", "declined",
    "completed",
    "looks good", "looks bad",
]  # fmt: skip


class Record(NamedTuple):
    """What a store knows about one reference; every answer is one, too."""

    state: State
    amount: int = 0
    body: str = ""

    def __str__(self) -> str:
        return f"{self.state} at {self.amount}" if self.amount else self.state


NOTHING = Record("nothing")
ANOTHER_BODY = Record("another body")
UNREACHABLE = Record("unreachable")


class Command(NamedTuple):
    """One thing asked of a service, in the name of one reference."""

    operation: Operation
    reference: int
    amount: int = 0
    body: str = ""

    def __str__(self) -> str:
        price = f" at {self.amount}" if self.amount else ""
        return f"{self.operation} {self.body or letter(self.reference)}{price}"


Call: TypeAlias = tuple[Command, ...]  # a list of commands for one operation; a single command is a list of one


class Stores(NamedTuple):
    """The three stores. Payments come first in each row of records; a stranger's own reference, if any, comes last."""

    prices: tuple[int, ...]  # the price on the shelf, then those that it will change to
    stocked: int  # all pieces that ever came in
    left: int
    funds: int  # all money that ever came in
    balance: int
    reservations: tuple[Record, ...]
    ledger: tuple[Record, ...]
    orders: tuple[Record, ...]

    @property
    def payments(self) -> range:
        """The references that name a payment."""
        return range(len(self.orders))

    def reserve(self, reference: int, record: Record, *, pieces: int) -> "Stores":
        """A reservation written, and pieces taken from the shelf, as one."""
        rows = replaced(self.reservations, reference, record)
        return self._replace(reservations=rows, left=self.left - pieces)

    def enter(self, reference: int, record: Record) -> "Stores":
        """A line of the ledger written, and its amount taken from the balance, as one."""
        return self._replace(ledger=replaced(self.ledger, reference, record), balance=self.balance - record.amount)

    def order(self, reference: int, record: Record) -> "Stores":
        """An order written."""
        return self._replace(orders=replaced(self.orders, reference, record))


def replaced(rows: tuple[Record, ...], reference: int, record: Record) -> tuple[Record, ...]:
    """The same rows with another record for one reference."""
    return rows[:reference] + (record,) + rows[reference + 1 :]


def letter(reference: int) -> str:
    """A reference as stories call it: A, B, C."""
    return chr(ord("A") + reference)


def reference_of(body: str) -> int:
    """The reference of the payment that a body belongs to: A' comes under the same key as A."""
    return ord(body[0]) - ord("A")
