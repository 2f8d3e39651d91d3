"""walletservice: the customers' bank."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import structlog
from flask import Response
from prometheus_client import Histogram

from chassis import idempotency, internal
from chassis.answers import WITH_BODY, Page, answers, created, list_answers, listing
from chassis.service import Service
from walletservice import database
from walletservice.decisions import Entry, Movement, told
from walletservice.domain import DeductManyFunds, LookWallet, LookWallets, References, Transfer, Wallet, WalletKey
from walletservice.ledger import Ledger, PostgresLedger
from walletservice.repository import PostgresWallets, Wallets
from walletservice.settings import Settings

KEYED = {"parameters": [idempotency.DOCUMENTED]}
log = structlog.get_logger()


def create_app(
    settings: Settings | None = None, wallets: Wallets | None = None, ledger: Ledger | None = None
) -> Service:
    """Wire the service; tests hand in settings and repositories of their own."""
    settings = settings or Settings.read()
    postgres = database.connect(settings.postgres_dsn.get_secret_value())
    wallets = wallets or PostgresWallets(postgres)
    ledger = ledger or PostgresLedger(postgres)
    hash_key = settings.request_hash_key.get_secret_value()
    app = Service("walletservice", settings, ready=postgres.ping, is_outage=database.is_outage)
    batch_size = Histogram(
        "decision_batch_size", "Decisions in one list.", registry=app.registry, buckets=(1, 2, 4, 8, 16, 32, 64)
    )

    @app.get("/wallets", responses=list_answers(Wallet))
    def list_wallets(query: Page) -> Response:
        """List wallets."""
        return listing(wallets.list(limit=query.limit + 1, after=query.after), query)

    @app.post("/wallets/add", openapi_extensions=KEYED, responses=answers(201, Wallet, *WITH_BODY, 409, 422))
    def add_funds(body: Transfer) -> tuple[dict[str, Any], int]:
        """Create a wallet, or add to it."""
        movement = asked("wallets.add", "credited", body)
        return created(decided(movement, ledger.add([movement])), message="Funds added successfully")

    @app.post("/wallets/deduct", openapi_extensions=KEYED, responses=answers(200, Wallet, *WITH_BODY, 402, 404, 422))
    def deduct_funds(body: Transfer) -> dict[str, Any]:
        """Take money out of a wallet."""
        movement = asked("wallets.deduct", "debited", body)
        return decided(movement, ledger.deduct([movement])).to_json()

    @app.post("/internal/wallets/look", doc_ui=False)
    def look_at_wallets(body: LookWallets) -> dict[str, Any]:
        """Tell what is in each wallet and what is recorded under each reference."""
        amounts = wallets.amounts({(each.user_name, each.card_number) for each in body.commands})
        entries = ledger.find({each.reference for each in body.commands})  # last: a charge counted above is seen here
        return {"answers": [_seen(each, amounts, entries.get(each.reference)) for each in body.commands]}

    @app.post("/internal/wallets/deduct", doc_ui=False)
    def charge_wallets(body: DeductManyFunds) -> dict[str, Any]:
        """Charge each wallet for its payment, once."""
        movements = [Movement(kind="charged", **each.model_dump(exclude={"request_id"})) for each in body.commands]
        return all_decided("wallets.deduct", body.commands, ledger.deduct(movements))

    @app.post("/internal/wallets/void", doc_ui=False)
    def void_references(body: References) -> dict[str, Any]:
        """Decide against each payment that is undecided."""
        return all_decided("wallets.void", body.commands, ledger.void([each.reference for each in body.commands]))

    @app.post("/internal/ledger/find", doc_ui=False)
    def find_entries(body: References) -> dict[str, Any]:
        """Tell what is recorded under each reference."""
        entries = ledger.find({each.reference for each in body.commands})
        return {"answers": [_recorded(each, entries.get(each.reference)) for each in body.commands]}

    def asked(route: str, kind: Literal["credited", "debited"], body: Transfer) -> Movement:
        reference = f"{route}:{idempotency.key_of_request()}"
        return Movement(reference, idempotency.request_hash(hash_key, body), kind=kind, **body.model_dump())

    def decided(movement: Movement, entries: Sequence[Entry]) -> Wallet:
        batch_size.observe(len(entries))
        log.info("decided", reference=movement.reference, outcome=entries[0].kind, reason=entries[0].reason)
        return told(entries[0], movement)

    def all_decided(operation: str, commands: Sequence[internal.Command], entries: Sequence[Entry]) -> dict[str, Any]:
        batch_size.observe(len(entries))
        for command, entry in zip(commands, entries, strict=True):
            internal.tell(operation, command, entry.kind, reason=entry.reason)
        return {"answers": [{"reference": each.reference, **each.to_answer()} for each in entries]}

    app.answer_also("/wallets", "/wallet")
    return app


def _seen(command: LookWallet, amounts: Mapping[WalletKey, int], entry: Entry | None) -> dict[str, Any]:
    amount = amounts.get((command.user_name, command.card_number))
    found = "found" if amount is not None else "wallet_not_found"
    internal.tell("wallets.look", command, entry.kind if entry else found)
    return {"amount": amount, **_recorded(command, entry)}


def _recorded(command: internal.Command, entry: Entry | None) -> dict[str, Any]:
    return {"reference": command.reference, "entry": entry and entry.to_answer()}
