"""The checkout, step by step: what each process does with what it reads, and with the answers it gets."""

from collections.abc import Iterator

from tests.model.processes import Process, Turn, Word, give_up, leave, sweeping
from tests.model.records import ANOTHER_BODY, NOTHING, UNREACHABLE, Command, Operation, Record, Stores
from tests.model.rules import Rules


def read(process: Process, stores: Stores, rules: Rules) -> Iterator[tuple[Record, Turn]]:
    """All that a process may do after reading; nothing is sent, nothing is written."""
    match process.command.operation:
        case "look":
            yield from look(process, stores, rules)
        case "find":
            yield from find(process, stores)
        case "see order" | "see wallet" | "see stock":
            yield see(process, stores)


def look(process: Process, stores: Stores, rules: Rules) -> Iterator[tuple[Record, Turn]]:
    """Glance at user, price, stock and funds. It may look good or bad, and either may be over a moment later."""
    price = stores.prices[0]
    yield Record("looks good", price), Turn(asking(process, "reserve", price))
    if rules.look_refusals_are_recorded:
        yield Record("looks bad"), Turn(asking(process, "refuse", 0))
    else:
        yield Record("looks bad"), Turn(None, "failed")


def asking(process: Process, operation: Operation, price: int) -> Process:
    """The stock's question carries the body, so that productservice can tell one request from another."""
    return process._replace(command=Command(operation, process.command.reference, price, process.body))


def find(process: Process, stores: Stores) -> Iterator[tuple[Record, Turn]]:
    """Pick any payment whose reservation is still open."""
    for reference in stores.payments:
        reservation = stores.reservations[reference]
        if reservation.state == "reserved":
            yield reservation, Turn(sweeping(reference, reservation))


def see(process: Process, stores: Stores) -> tuple[Record, Turn]:
    """Read the stores one after the other, the last to be written first."""
    reference = process.command.reference
    if process.command.operation == "see order":
        order = stores.orders[reference]
        return order, Turn(process.then("see wallet")) if order == NOTHING else Turn(None, "completed")
    if process.command.operation == "see wallet":
        entry = stores.ledger[reference]
        return entry, Turn(process.then("see stock")) if entry == NOTHING else Turn(None, failed(entry))
    reservation = stores.reservations[reference]
    return reservation, Turn(None, failed(reservation))


def failed(record: Record) -> Word:
    """The word for a record that says no; any other record is no news."""
    return "failed" if record.state in ("declined", "refused", "released") else ""


def hear(process: Process, answer: Record, rules: Rules) -> Turn:
    """What a process does with an answer. Only a recorded "no" is a refusal."""
    match process.command.operation:
        case "reserve" | "refuse":
            return after_stock(process, answer, rules)
        case "charge" | "void":
            return after_money(process, answer, rules)
        case "order":
            return after_order(process, answer, rules)
        case "settle" if not rules.settle_after_order:
            return Turn(process.then("order"))
        case "debit":
            return Turn(process.then("take"))
    return leave(process)


def after_stock(process: Process, answer: Record, rules: Rules) -> Turn:
    """The stock is held: charge what was recorded, not what was asked."""
    if answer == ANOTHER_BODY:
        return Turn(None, "turned away") if rules.another_body_is_no_refusal else give_up(process)
    if failed(answer):
        return Turn(None, "failed")
    asked = process.command
    keeps_its_own = asked.operation == "reserve" and not rules.recorded_price_is_used
    return Turn(process.then("charge", asked.amount if keeps_its_own else answer.amount))


def after_money(process: Process, answer: Record, rules: Rules) -> Turn:
    """The pivot. Past a charge the only way is forward; past a recorded "no" the stock goes back."""
    if failed(answer):
        return give_up(process)
    return Turn(process.then("order" if rules.settle_after_order else "settle"))


def after_order(process: Process, answer: Record, rules: Rules) -> Turn:
    """The order is there: the customer may know. It is not: the customer is told "pending", and recovery comes back."""
    if answer == UNREACHABLE:
        return leave(process, "pending") if rules.unwritten_order_stays_pending else give_up(process)
    return Turn(process.then("settle"), "completed") if rules.settle_after_order else leave(process, "completed")


def hear_nothing(process: Process, rules: Rules) -> Turn:
    """No answer, or a crash, which is the same to everybody else. The request may be underway for ever."""
    if process.command.operation in ("charge", "void") and not rules.doubt_is_no_refusal:
        return give_up(process)
    return leave(process)
