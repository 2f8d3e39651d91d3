"""What was decided, once for each reference: a decision and its effect on a wallet are one PostgreSQL transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from walletservice.database import Database
from walletservice.decisions import Account, Entry, Movement, decide, void
from walletservice.domain import WalletKey

COLUMNS = "reference, kind, amount, reason, request_hash, wallet_id, balance_after"  # in the order of Entry
RECORDED = f"SELECT {COLUMNS} FROM ledger WHERE reference = ANY(%(all)s)"
Decide = Callable[[Cursor, Sequence[str]], Sequence[Entry]]


class Ledger(Protocol):
    def deduct(self, movements: Sequence[Movement]) -> list[Entry]: ...
    def add(self, movements: Sequence[Movement]) -> list[Entry]: ...
    def void(self, references: Sequence[str]) -> list[Entry]: ...
    def find(self, references: Collection[str]) -> Mapping[str, Entry]: ...


class PostgresLedger:
    """Decisions in the append-only table `ledger`. Each list is one transaction, its answers in the list's order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def deduct(self, movements: Sequence[Movement]) -> list[Entry]:
        """Take money out of wallets, each movement wholly or, with the reason recorded, not at all."""
        asked = _first_of_each(movements)

        def move(cursor: Cursor, undecided: Sequence[str]) -> Sequence[Entry]:
            return _decided(cursor, [asked[each] for each in undecided])

        return self._recorded([each.reference for each in movements], move)

    def add(self, movements: Sequence[Movement]) -> list[Entry]:
        """Put money into wallets, which are created where they are missing."""
        asked = _first_of_each(movements)

        def move(cursor: Cursor, undecided: Sequence[str]) -> Sequence[Entry]:
            _create_missing(cursor, {asked[each].wallet for each in undecided})
            return _decided(cursor, [asked[each] for each in undecided])

        return self._recorded([each.reference for each in movements], move)

    def void(self, references: Sequence[str]) -> list[Entry]:
        """Decide against whatever is undecided; what is decided stays."""
        return self._recorded(references, lambda _, undecided: void(undecided))

    def find(self, references: Collection[str]) -> Mapping[str, Entry]:
        """What is decided of `references`."""
        return self._database.read(lambda cursor: _read(cursor, references)) if references else {}

    def _recorded(self, references: Sequence[str], decide_the_rest: Decide) -> list[Entry]:
        """The entry of each reference; `decide_the_rest` makes those that are missing."""

        def transaction(cursor: Cursor) -> Mapping[str, Entry]:
            recorded = _take(cursor, references)
            undecided = [each for each in dict.fromkeys(references) if each not in recorded]
            if not undecided:
                return recorded
            new = decide_the_rest(cursor, undecided)
            _write(cursor, new)
            return {**recorded, **{each.reference: each for each in new}}

        entries = self._database.run(transaction) if references else {}
        return [entries[each] for each in references]


def _first_of_each(movements: Sequence[Movement]) -> Mapping[str, Movement]:
    return {each.reference: each for each in reversed(movements)}


def _take(cursor: Cursor, references: Sequence[str]) -> Mapping[str, Entry]:
    """Hold the references, rows that do not exist yet, until the transaction ends, and read what is decided of them.

    All lists take them in one order, so that no two wait for each other; the sub-select keeps that order. To read is a
    statement of its own: one begun before the references were held would not see what was committed meanwhile.
    """
    cursor.execute(
        "SELECT pg_advisory_xact_lock(number) FROM ("
        "SELECT DISTINCT hashtextextended(reference, 0) AS number FROM unnest(%(all)s) AS reference ORDER BY number"
        f") AS taken; {RECORDED}",
        {"all": list(references)},
    )
    return {each[0]: Entry(*each) for each in cursor}


def _read(cursor: Cursor, references: Collection[str]) -> Mapping[str, Entry]:
    cursor.execute(RECORDED, {"all": list(references)})
    return {each[0]: Entry(*each) for each in cursor}


def _create_missing(cursor: Cursor, wallets: Collection[WalletKey]) -> None:
    """Before any wallet is held, and in one order: inserts of the same wallets wait for each other, too."""
    insert = "INSERT INTO wallets (user_name, card_number) VALUES %s ON CONFLICT DO NOTHING"
    execute_values(cursor, insert, sorted(wallets), page_size=len(wallets))


def _decided(cursor: Cursor, movements: Sequence[Movement]) -> Sequence[Entry]:
    return decide(movements, _hold(cursor, {each.wallet for each in movements}))


def _hold(cursor: Cursor, wallets: Collection[WalletKey]) -> Mapping[WalletKey, Account]:
    """Lock the wallets in the order of their number, as everybody does, and read them as they then are."""
    cursor.execute(
        "SELECT user_name, card_number, id, amount FROM wallets WHERE (user_name, card_number) IN %s"
        " ORDER BY id FOR UPDATE",
        [tuple(wallets)],
    )
    return {(user_name, card_number): Account(number, amount) for user_name, card_number, number, amount in cursor}


def _write(cursor: Cursor, entries: Sequence[Entry]) -> None:
    """Set the balances, add to the ledger, and commit."""
    balances = {each.wallet_id: each.balance_after for each in entries if each.balance_after is not None}
    update = b"UPDATE wallets SET amount = new.amount FROM (VALUES %s) AS new (id, amount) WHERE wallets.id = new.id"
    insert = f"INSERT INTO ledger ({COLUMNS}) VALUES %s".encode()
    rows = [
        (e.reference, e.kind, e.amount, e.reason, e.request_hash, e.wallet_id, e.balance_after)  # as in COLUMNS
        for e in entries
    ]
    statements = [update % _values(cursor, list(balances.items()))] if balances else []
    cursor.execute(b"; ".join([*statements, insert % _values(cursor, rows), b"COMMIT"]))


def _values(cursor: Cursor, rows: Sequence[tuple[object, ...]]) -> bytes:
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    return b", ".join(cursor.mogrify(row, each) for each in rows)
