"""The audit: every promise about money and stock, held against all that is stored, with its numbers."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.source import Row, Source, Trace

AGAIN_AFTER = 0.5  # seconds


@dataclass
class Invariant:
    """One promise: the numbers that show it, and every case in which it does not hold."""

    name: str
    numbers: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def count(self, **numbers: int) -> None:
        for name, number in numbers.items():
            self.numbers[name] = self.numbers.get(name, 0) + number


def audit(source: Source, *, patience: float = 0.0) -> list[Invariant]:
    """`patience` is for how many seconds to look again at payments that do not agree, where the shop is in use."""
    return [stock(source), money(source), payments(source, patience)]


def stock(source: Source) -> Invariant:
    """Whatever came in is left, reserved or sold."""
    found = Invariant("stock", dict.fromkeys(("products", "in", "left", "reserved", "sold", "missing"), 0))
    for each in source.shelves():
        held = each.reserved + each.sold
        missing = each.stocked - each.left - held
        found.count(products=1, left=each.left, reserved=each.reserved, sold=each.sold, missing=missing)
        found.count(**{"in": each.stocked})
        if each.left < 0 or missing:
            found.complaints.append(
                f"product {each.name}: stocked {each.stocked} != left {each.left} + reserved and sold {held}"
            )
    return found


def money(source: Source) -> Invariant:
    """Whatever was paid in is left, or the ledger says where it went."""
    found = Invariant("money", dict.fromkeys(("wallets", "in", "left", "charged", "deducted", "missing"), 0))
    for each in source.purses():
        out = each.charged + each.debited
        if each.balance is None:
            moved = [kind for kind in ("charged", "credited", "debited") if getattr(each, kind)]
            if moved:
                found.complaints.append(f"ledger: {moved} of wallet {each.id}, which is not there")
            continue
        missing = each.credited - each.balance - out
        found.count(wallets=1, left=each.balance, charged=each.charged, deducted=each.debited, missing=missing)
        found.count(**{"in": each.credited})
        if each.balance < 0 or missing:
            found.complaints.append(f"wallet {each.id}: credited {each.credited} != balance {each.balance} + out {out}")
    return found


def payments(source: Source, patience: float) -> Invariant:
    """Whoever was charged has an order, and the pieces of it; nobody else has."""
    found = Invariant("payments", dict.fromkeys(("charged", "ordered", "sold", "cents", "under_way"), 0))
    found.count(under_way=sum(1 for _ in source.under_way()))
    suspects: dict[str, list[str]] = {}
    for trace in source.traces():
        charged, sold = trace.charge is not None, trace.kept is not None and trace.kept["state"] == "sold"
        found.count(charged=charged, ordered=trace.order is not None, sold=sold, cents=trace.charge or 0)
        if complaints := list(complaints_of(trace)):
            suspects[trace.reference] = complaints
    _look_again(source, suspects, patience)
    found.complaints += [each for complaints in suspects.values() for each in complaints]
    return found


def _look_again(source: Source, suspects: dict[str, list[str]], patience: float) -> None:
    """Two databases are read at two moments, between which a payment goes on."""
    deadline = time.monotonic() + patience
    while suspects and time.monotonic() < deadline:
        time.sleep(AGAIN_AFTER)
        again = {each.reference: list(complaints_of(each)) for each in source.traces_of(suspects.keys())}
        for reference in list(suspects):
            suspects[reference] = again.get(reference, [])
            if not suspects[reference]:
                del suspects[reference]


def complaints_of(trace: Trace) -> Iterator[str]:
    """What does not agree. While its pieces are reserved, a payment goes on, and has yet to get its order."""
    reference, charge, order, kept = trace.reference, trace.charge, trace.order, trace.kept
    state = kept and kept["state"]
    if (charge is None) != (order is None) and not (order is None and state == "reserved"):
        yield f"{reference}: charged {charge}, order {order}"
    if charge is not None and order is not None and order["amount"] != charge:
        yield f"{reference}: charged {charge}, ordered {order['amount']}"
    if (charge is not None) != (state == "sold") and state != "reserved":
        yield f"{reference}: charged {charge}, reservation {state}"
    if charge is not None and kept is not None and charge != kept["price"] * kept["quantity"]:
        yield f"{reference}: charged {charge}, reserved {kept['quantity']} at {kept['price']}"
    if order is not None and kept is not None and not _same_goods(order, kept):
        yield f"{reference}: ordered other goods than reserved"


def _same_goods(order: Row, kept: Row) -> bool:
    return bool((order["product_name"], order["quantity"]) == (kept["product_name"], kept["quantity"]))
