"""walletservice: the customers' bank."""

from collections.abc import Sequence
from typing import Any, Literal

import structlog
from flask import Response

from chassis import idempotency, metrics
from chassis.answers import WITH_BODY, Page, answers, created, list_answers, listing
from chassis.service import Service
from walletservice import database
from walletservice.decisions import Entry, Movement, told
from walletservice.domain import Transfer, Wallet
from walletservice.inner import add_operations
from walletservice.ledger import Ledger, PostgresLedger
from walletservice.repository import PostgresWallets, Wallets
from walletservice.settings import Settings

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
    batch_size = metrics.lengths("decision_batch_size", "Decisions in one list.", app.registry)

    @app.get("/wallets", responses=list_answers(Wallet))
    def list_wallets(query: Page) -> Response:
        """List wallets."""
        return listing(wallets.list(limit=query.limit + 1, after=query.after), query)

    @app.post(
        "/wallets/add", openapi_extensions=idempotency.KEYED, responses=answers(201, Wallet, *WITH_BODY, 409, 422)
    )
    def add_funds(body: Transfer) -> tuple[dict[str, Any], int]:
        """Create a wallet, or add to it."""
        movement = asked("wallets.add", "credited", body)
        return created(decided(movement, ledger.add([movement])), message="Funds added successfully")

    @app.post(
        "/wallets/deduct",
        openapi_extensions=idempotency.KEYED,
        responses=answers(200, Wallet, *WITH_BODY, 402, 404, 422),
    )
    def deduct_funds(body: Transfer) -> dict[str, Any]:
        """Take money out of a wallet."""
        movement = asked("wallets.deduct", "debited", body)
        return decided(movement, ledger.deduct([movement])).to_json()

    def asked(route: str, kind: Literal["credited", "debited"], body: Transfer) -> Movement:
        reference = f"{route}:{idempotency.key_of_request()}"
        return Movement(reference, idempotency.request_hash(hash_key, body), kind=kind, **body.model_dump())

    def decided(movement: Movement, entries: Sequence[Entry]) -> Wallet:
        batch_size.observe(len(entries))
        log.info("decided", reference=movement.reference, outcome=entries[0].kind, reason=entries[0].reason)
        return told(entries[0], movement)

    add_operations(app, wallets, ledger, batch_size)
    app.answer_also("/wallets", "/wallet")
    return app
