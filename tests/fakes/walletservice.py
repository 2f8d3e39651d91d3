"""A bank in memory: wallets and ledger behind one lock, held to what PostgreSQL does by tests/contract."""

import builtins
import threading
import uuid
from collections.abc import Collection, Mapping, Sequence

from chassis.errors import Malformed
from walletservice.decisions import Account, Entry, Movement, decide, void
from walletservice.domain import Wallet, WalletKey


class FakeBank:
    """Both repositories of walletservice in one: hand it to `create_app` twice."""

    def __init__(self) -> None:
        self.accounts: dict[WalletKey, Account] = {}
        self.entries: dict[str, Entry] = {}
        self._lock = threading.RLock()

    def deduct(self, movements: Sequence[Movement]) -> builtins.list[Entry]:
        with self._lock:
            self._move(movements)
            return [self.entries[each.reference] for each in movements]

    def add(self, movements: Sequence[Movement]) -> builtins.list[Entry]:
        with self._lock:
            for each in movements:
                if each.reference not in self.entries:
                    self.accounts.setdefault(each.wallet, Account(len(self.accounts) + 1, 0))
            self._move(movements)
            return [self.entries[each.reference] for each in movements]

    def void(self, references: Sequence[str]) -> builtins.list[Entry]:
        with self._lock:
            for entry in void(references):
                self.entries.setdefault(entry.reference, entry)
            return [self.entries[each] for each in references]

    def find(self, references: Collection[str]) -> Mapping[str, Entry]:
        with self._lock:
            return {each: self.entries[each] for each in references if each in self.entries}

    def amounts(self, wallets: Collection[WalletKey]) -> Mapping[WalletKey, int]:
        with self._lock:
            return {each: self.accounts[each].amount for each in wallets if each in self.accounts}

    def list(self, *, limit: int, after: str | None) -> builtins.list[Wallet]:
        with self._lock:
            newest_first = [
                Wallet(id=str(account.id), user_name=user_name, card_number=card_number, amount=account.amount)
                for (user_name, card_number), account in reversed(self.accounts.items())
            ]
        ids = [each.id for each in newest_first]
        if after is not None and after not in ids:
            raise Malformed("after: must be the _id of an entry of this list.")
        start = ids.index(after) + 1 if after is not None else 0
        return newest_first[start : start + limit]

    def _move(self, movements: Sequence[Movement]) -> None:
        for each in movements:
            if each.reference not in self.entries:
                [entry] = decide([each], self.accounts)
                self.entries[each.reference] = entry
                if entry.wallet_id is not None and entry.balance_after is not None:
                    self.accounts[each.wallet] = Account(entry.wallet_id, entry.balance_after)


def new_wallet() -> WalletKey:
    """A name and a card number that no other test has."""
    return f"Michael {uuid.uuid4().hex}", uuid.uuid4().hex


def credit(wallet: WalletKey, amount: int, *, reference: str | None = None, request_hash: str = "a body") -> Movement:
    reference = reference or f"wallets.add:{uuid.uuid4().hex}"
    return Movement(reference, request_hash, *wallet, amount, "credited")


def debit(wallet: WalletKey, amount: int, *, reference: str | None = None, request_hash: str = "a body") -> Movement:
    reference = reference or f"wallets.deduct:{uuid.uuid4().hex}"
    return Movement(reference, request_hash, *wallet, amount, "debited")


def charge(wallet: WalletKey, amount: int, *, reference: str | None = None, request_hash: str = "a body") -> Movement:
    return Movement(reference or new_payment(), request_hash, *wallet, amount, "charged")


def new_payment() -> str:
    return f"payment:{uuid.uuid4()}"
