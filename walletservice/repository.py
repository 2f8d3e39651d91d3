"""Where wallets are kept: one PostgreSQL table. What moves their money is in ledger.py."""

import builtins
from collections.abc import Collection, Mapping
from typing import Protocol

from psycopg2.extensions import cursor as Cursor

from chassis.errors import Malformed
from walletservice.database import Database
from walletservice.domain import Wallet, WalletKey

MAX_ID = 2**63 - 1


class Wallets(Protocol):
    def amounts(self, wallets: Collection[WalletKey]) -> Mapping[WalletKey, int]: ...
    def list(self, *, limit: int, after: str | None) -> list[Wallet]: ...


class PostgresWallets:
    """Wallets in the table `wallets`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def amounts(self, wallets: Collection[WalletKey]) -> Mapping[WalletKey, int]:
        """The cents in those of `wallets` that exist."""

        def read(cursor: Cursor) -> Mapping[WalletKey, int]:
            cursor.execute(
                "SELECT user_name, card_number, amount FROM wallets WHERE (user_name, card_number) IN %s",
                [tuple(wallets)],
            )
            return {(user_name, card_number): amount for user_name, card_number, amount in cursor}

        return self._database.read(read) if wallets else {}

    def list(self, *, limit: int, after: str | None) -> list[Wallet]:
        """At most `limit` wallets, newest first, older than `after`. Raises Malformed when `after` names none."""

        def read(cursor: Cursor) -> builtins.list[Wallet]:
            last_seen = MAX_ID if after is None else _existing_id(cursor, after)
            cursor.execute(
                "SELECT id, user_name, card_number, amount FROM wallets WHERE id < %s ORDER BY id DESC LIMIT %s",
                [last_seen, limit],
            )
            return [
                Wallet(id=str(wallet_id), user_name=user_name, card_number=card_number, amount=amount)
                for wallet_id, user_name, card_number, amount in cursor
            ]

        return self._database.read(read)


def _existing_id(cursor: Cursor, after: str) -> int:
    wallet_id = int(after) if after.isascii() and after.isdigit() else MAX_ID
    cursor.execute("SELECT id FROM wallets WHERE id = %s", [min(wallet_id, MAX_ID)])
    if (found := cursor.fetchone()) is None or str(found[0]) != after:
        raise Malformed("after: must be the _id of an entry of this list.")
    return int(found[0])
