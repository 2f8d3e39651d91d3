"""Who takes part: payers, recovery sweeps, observers and strangers, each about to do one thing."""

from typing import Literal, NamedTuple, TypeAlias

from tests.model.records import Command, Operation, Record

Kind: TypeAlias = Literal["payer", "sweeper", "observer", "stranger"]
Word: TypeAlias = Literal["", "completed", "failed", "pending", "turned away"]


class Process(NamedTuple):
    """Someone at work, and the command it is about to send. It keeps nothing else, so it loses nothing when it dies."""

    kind: Kind
    body: str  # what its customer asked for
    command: Command

    def then(self, operation: Operation, amount: int | None = None) -> "Process":
        """The same process, about to do the next thing for the same payment."""
        amount = self.command.amount if amount is None else amount
        return self._replace(command=Command(operation, self.command.reference, amount))


class Turn(NamedTuple):
    """What a process does next, if anything, and what it tells its customer, if anything."""

    process: Process | None
    says: Word = ""


def spoken(actor: Process, turn: Turn) -> Word:
    """What a customer hears. Recovery and strangers talk to nobody."""
    return turn.says if actor.kind in ("payer", "observer") else ""


def payer(reference: int, body: str) -> Process:
    """Somebody's `POST /payments`. Two payers of one reference: the same customer, asking again."""
    return Process("payer", body, Command("look", reference))


def observer(reference: int) -> Process:
    """Somebody's `GET /payments/{payment_id}`."""
    return Process("observer", "", Command("see order", reference))


def stranger(reference: int, price: int) -> Process:
    """A public deduction of money, then of stock, whose key happens to be that of the first payment."""
    return Process("stranger", "", Command("debit", reference, price))


SWEEPER = Process("sweeper", "", Command("find", 0))


def sweeping(reference: int, reservation: Record) -> Process:
    """Recovery of one payment: all it needs is in the reservation."""
    return SWEEPER._replace(command=Command("void", reference, reservation.amount))


def give_up(process: Process) -> Turn:
    """Put the stock back."""
    return Turn(process.then("release", 0), "failed")


def leave(process: Process, says: Word = "") -> Turn:
    """The end of a process; but a sweeper begins anew, with whatever is unfinished then."""
    return Turn(SWEEPER if process.kind == "sweeper" else None, says)
