"""The shelf's inner port: what paymentservice asks of stock, in lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.internal import Command, Commands, references_of, tell
from chassis.service import Service
from productservice.commands import Claim, Deduct, Look, Refuse, Release
from productservice.decisions import Claimed, Reservation
from productservice.domain import Product
from productservice.measures import Decided
from productservice.repository import Products
from productservice.reservations import Reservations


def add_operations(app: Service, products: Products, reservations: Reservations, decided: Decided) -> None:
    """Let `app` answer what paymentservice asks; `decided` counts and logs."""

    @app.operation("/internal/products/look")
    def look_at_products(body: Commands[Look]) -> dict[str, Any]:
        """Tell what stands on the shelf, and what is recorded under each reference."""
        shelf = products.shelf({each.product_name for each in body.commands})
        recorded = reservations.find(references_of(body.commands))  # last: pieces missing above are seen here
        return {"answers": [_seen(each, shelf, found) for each, found in zip(body.commands, recorded, strict=True)]}

    @app.operation("/internal/reservations/deduct")
    def reserve(body: Commands[Deduct]) -> dict[str, Any]:
        """Reserve pieces for each payment, once."""
        return _told(decided("reservations.deduct", body.commands, reservations.decide(body.commands)))

    @app.operation("/internal/reservations/refuse")
    def refuse(body: Commands[Refuse]) -> dict[str, Any]:
        """Decide against each payment that is undecided."""
        return _told(decided("reservations.refuse", body.commands, reservations.decide(body.commands)))

    @app.operation("/internal/reservations/release")
    def release(body: Commands[Release]) -> dict[str, Any]:
        """Give back what is reserved."""
        return _told(decided("reservations.release", body.commands, reservations.release(body.commands)))

    @app.operation("/internal/reservations/settle")
    def settle(body: Commands[Command]) -> dict[str, Any]:
        """What is reserved is sold."""
        settled = reservations.settle(references_of(body.commands))
        return _told(decided("reservations.settle", body.commands, settled))

    @app.operation("/internal/reservations/find")
    def find(body: Commands[Command]) -> dict[str, Any]:
        """Tell what is recorded under each reference."""
        return _told(reservations.find(references_of(body.commands)))

    @app.operation("/internal/reservations/claim")
    def claim(body: Claim) -> dict[str, Any]:
        """Lease to the caller what nobody settled in time."""
        return _told(reservations.claim(body.limit))


def _told(records: Sequence[Reservation | Claimed]) -> dict[str, Any]:
    return {"answers": [each.to_json() for each in records]}


def _seen(command: Look, shelf: Mapping[str, Product], recorded: Reservation) -> dict[str, Any]:
    product = shelf.get(command.product_name)
    tell("products.look", command, recorded.state if product else "product_not_found")
    return {
        "reference": command.reference,
        "product": product and {"price": product.price, "quantity": product.quantity},
        "reservation": None if recorded.state == "unknown" else recorded.to_json(),
    }
