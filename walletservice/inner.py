"""The bank's inner port: what paymentservice asks of wallets, in lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from prometheus_client import Histogram

from chassis.internal import Command, Commands, references_of, tell
from chassis.service import Service
from walletservice.decisions import Entry, Movement
from walletservice.domain import DeductFunds, LookWallet, WalletKey
from walletservice.ledger import Ledger
from walletservice.repository import Wallets


def add_operations(app: Service, wallets: Wallets, ledger: Ledger, batch_size: Histogram) -> None:
    """Let `app` answer what paymentservice asks."""

    @app.operation("/internal/wallets/look")
    def look_at_wallets(body: Commands[LookWallet]) -> dict[str, Any]:
        """Tell what is in each wallet and what is recorded under each reference."""
        amounts = wallets.amounts({(each.user_name, each.card_number) for each in body.commands})
        entries = ledger.find(references_of(body.commands))  # last: a charge counted above is seen here
        return {"answers": [_seen(each, amounts, entries.get(each.reference)) for each in body.commands]}

    @app.operation("/internal/wallets/deduct")
    def charge_wallets(body: Commands[DeductFunds]) -> dict[str, Any]:
        """Charge each wallet for its payment, once."""
        movements = [Movement(kind="charged", **each.model_dump(exclude={"request_id"})) for each in body.commands]
        return decided("wallets.deduct", body.commands, ledger.deduct(movements))

    @app.operation("/internal/wallets/void")
    def void_references(body: Commands[Command]) -> dict[str, Any]:
        """Decide against each payment that is undecided."""
        return decided("wallets.void", body.commands, ledger.void(references_of(body.commands)))

    @app.operation("/internal/ledger/find")
    def find_entries(body: Commands[Command]) -> dict[str, Any]:
        """Tell what is recorded under each reference."""
        entries = ledger.find(references_of(body.commands))
        return {"answers": [_recorded(each, entries.get(each.reference)) for each in body.commands]}

    def decided(operation: str, commands: Sequence[Command], entries: Sequence[Entry]) -> dict[str, Any]:
        batch_size.observe(len(entries))
        for command, entry in zip(commands, entries, strict=True):
            tell(operation, command, entry.kind, reason=entry.reason)
        return {"answers": [{"reference": each.reference, **each.to_answer()} for each in entries]}


def _seen(command: LookWallet, amounts: Mapping[WalletKey, int], entry: Entry | None) -> dict[str, Any]:
    amount = amounts.get((command.user_name, command.card_number))
    found = "found" if amount is not None else "wallet_not_found"
    tell("wallets.look", command, entry.kind if entry else found)
    return {"amount": amount, **_recorded(command, entry)}


def _recorded(command: Command, entry: Entry | None) -> dict[str, Any]:
    return {"reference": command.reference, "entry": entry and entry.to_answer()}
