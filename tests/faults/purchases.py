"""What customers of one run were told, against what their wallets, their orders and the shelves show."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.faults.answers import Told
from tests.faults.audit import Invariant


@dataclass(frozen=True)
class Order:
    id: str
    user_name: str
    product_name: str
    quantity: int
    amount: int  # cents


@dataclass(frozen=True)
class Left:
    """What is stored of one run in the end: cents by customer, pieces by product, all orders, and refused deductions.

    Those are by their references; none is of the shop's own checkout, which deducts in a way of its own.
    """

    wallets: Mapping[str, int]
    shelves: Mapping[str, int]
    orders: Sequence[Order]
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Account:
    """One customer's cents, or one product's pieces: what came in, what was taken out again, what went into orders."""

    brought: int = 0
    taken: int = 0
    left: int = 0
    ordered: int = 0

    @property
    def gone(self) -> int:
        return self.brought - self.taken - self.left


def reckon(told: Iterable[Told], left: Left) -> list[Invariant]:
    """Nobody else knows this run's customers and products, so everything of theirs has to be accounted for."""
    told = list(told)
    return [_purchases(told, left), _wallets(told, left), _shelves(told, left)]


def _purchases(told: Iterable[Told], left: Left) -> Invariant:
    """One order for each key that was granted, and none else."""
    granted = [each.granted for each in told if each.call.is_payment and each.granted]
    known = {payment_id for each in granted for payment_id in each}
    ids = {each.id for each in left.orders}
    twice = [_cents(body) for each in granted for body in list(each.values())[1:]]
    untold = [each.amount for each in left.orders if each.id not in known]
    unordered = [_cents(body) for each in granted for payment_id, body in each.items() if payment_id not in ids]
    found = Invariant("purchases", {"told": len(granted), "ordered": len(ids)})
    found.complaints += [
        *_complaint(twice, "bought again under a key that had its purchase: {n}, and {money} charged twice"),
        *_complaint(untold, "ordered without a word to the customer: {n}, for {money}"),
        *_complaint(unordered, "told to be bought, and not ordered: {n}, for {money}"),
    ]
    return found


def _wallets(told: Iterable[Told], left: Left) -> Invariant:
    """What customers paid in is left, was taken out, or is what their orders cost."""
    accounts = _accounts(told, "user_name", brought="/wallets/add", taken="/wallets/deduct", measure=_cents)
    for name, cents in left.wallets.items():
        accounts[name].left = cents
    for order in left.orders:
        accounts[order.user_name].ordered += order.amount
    found = _balance("wallets", accounts.values())
    found.complaints += [
        *_complaint(_over(accounts), "charged without an order: {money} (customers: {n})"),
        *_complaint(_under(accounts), "ordered and never paid: {money} (customers: {n})"),
    ]
    return found


def _shelves(told: Iterable[Told], left: Left) -> Invariant:
    """What was put on the shelves is left, was taken out, or is in an order."""
    accounts = _accounts(told, "product_name", brought="/products", taken="/products/deduct", measure=_pieces)
    for name, pieces in left.shelves.items():
        accounts[name].left = pieces
    for order in left.orders:
        accounts[order.product_name].ordered += order.quantity
    found = _balance("shelves", accounts.values())
    found.complaints += [
        *_complaint(_over(accounts), "gone and sold to nobody: {sum} pieces (products: {n})"),
        *_complaint(_under(accounts), "sold, and still on the shelf: {sum} pieces (products: {n})"),
        *_complaint(_oversold(told, left), "oversold: {n} times, {sum} pieces that were not there"),
    ]
    return found


def _accounts(
    told: Iterable[Told], whose: str, *, brought: str, taken: str, measure: Callable[[Mapping[str, Any]], int]
) -> defaultdict[str, Account]:
    """What customers were told to be brought by one route and taken by another, by a field of what they sent."""
    accounts: defaultdict[str, Account] = defaultdict(Account)
    for call in (each.call for each in told if each.granted):
        if call.path == brought:
            accounts[call.body[whose]].brought += measure(call.body)
        elif call.path == taken:
            accounts[call.body[whose]].taken += measure(call.body)
    return accounts


def _oversold(told: Iterable[Told], left: Left) -> list[int]:
    """The pieces that a checkout wanted for what it had sold, and that were not there."""
    customers = {f"products.deduct:{each.call.key}" for each in told}
    return [pieces for reference, pieces in left.refused.items() if reference not in customers]


def _balance(name: str, accounts: Iterable[Account]) -> Invariant:
    found = Invariant(name, dict.fromkeys(("in", "left", "ordered", "taken", "missing"), 0))
    for each in accounts:
        found.count(left=each.left, ordered=each.ordered, taken=each.taken, missing=each.gone - each.ordered)
        found.count(**{"in": each.brought})
    return found


def _over(accounts: Mapping[str, Account]) -> list[int]:
    return [each.gone - each.ordered for each in accounts.values() if each.gone > each.ordered]


def _under(accounts: Mapping[str, Account]) -> list[int]:
    return [each.ordered - each.gone for each in accounts.values() if each.gone < each.ordered]


def _complaint(cases: Sequence[int], sentence: str) -> Iterator[str]:
    if cases:
        yield sentence.format(n=len(cases), sum=sum(cases), money=f"{sum(cases) / 100:,.2f}")


def _cents(body: Mapping[str, Any]) -> int:
    return int(Decimal(str(body["amount"])) * 100)


def _pieces(body: Mapping[str, Any]) -> int:
    return int(body["quantity"])
