"""productservice: what the shop sells, and how many pieces are left."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response
from werkzeug.routing import PathConverter

from chassis import idempotency, logs, mongo
from chassis.answers import WITH_BODY, Page, answers, list_answers, listing
from chassis.fields import Body
from chassis.internal import Command, tell
from chassis.service import Service
from productservice import measures
from productservice.commands import Claim, Commands, Deduct, Look, Refuse, Release, Take, references_of
from productservice.decisions import Reservation
from productservice.domain import NewProduct, PriceChange, Product, ProductPath, Purchase
from productservice.repository import MongoProducts, Products
from productservice.reservations import MongoReservations, Reservations
from productservice.settings import Settings
from productservice.transactions import Decider

KEYED = {"parameters": [idempotency.DOCUMENTED]}
ADDED = {**answers(201, Product, *WITH_BODY, 409, 422), **answers(200, Product)}


def create_app(
    settings: Settings | None = None, products: Products | None = None, reservations: Reservations | None = None
) -> Service:
    """Wire the service; tests hand in settings and repositories of their own."""
    settings = settings or Settings.read()
    database = mongo.connect(settings.mongo_uri.get_secret_value())
    decider = Decider(database.client)
    stock = MongoProducts(database, decider)
    products = products or stock
    reservations = reservations or MongoReservations(
        database, decider, stock, recovery_after_seconds=settings.recovery_after_seconds
    )
    hash_key = settings.request_hash_key.get_secret_value()
    app = Service("productservice", settings, ready=mongo.ping(database), is_outage=mongo.is_outage)
    app.url_map.converters["path"] = AnyName
    batch_size = measures.install(app.registry, reservations)

    @app.post("/products", openapi_extensions=KEYED, responses=ADDED)
    def add_product(body: NewProduct) -> tuple[dict[str, Any], int]:
        """Bring in pieces: of a new product, or more of a known one, whose price is set."""
        reference, request_hash = keyed("products.add", body)
        addition = products.add(body, reference=reference, request_hash=request_hash)
        return addition.to_json(), 201 if addition.is_new else 200

    @app.post("/products/deduct", openapi_extensions=KEYED, responses=answers(200, Product, *WITH_BODY, 404, 409, 422))
    def deduct_product(body: Purchase) -> dict[str, Any]:
        """Take pieces off the shelf."""
        reference, request_hash = keyed("products.deduct", body)
        take = Take(
            reference=reference, request_id=logs.current_request_id(), request_hash=request_hash, **body.model_dump()
        )
        [taken] = decided("products.deduct", [take], reservations.decide([take]))
        return taken.outcome().to_json()

    @app.get("/products", responses=list_answers(Product))
    def list_products(query: Page) -> Response:
        """List products."""
        return listing(products.list(limit=query.limit + 1, after=query.after), query)

    @app.get("/products/<path:product_name>", responses=answers(200, Product, 400, 404))
    def get_product(path: ProductPath) -> dict[str, Any]:
        """Get a product."""
        return products.get(path.product_name).to_json()

    @app.patch("/products/<path:product_name>", responses=answers(200, Product, *WITH_BODY, 404))
    def set_price(path: ProductPath, body: PriceChange) -> dict[str, Any]:
        """Set a product's price."""
        return products.set_price(path.product_name, body.price).to_json()

    @app.post("/internal/products/look", doc_ui=False)
    def look_at_products(body: Commands[Look]) -> dict[str, Any]:
        """Tell what stands on the shelf, and what is recorded under each reference."""
        shelf = products.shelf({each.product_name for each in body.commands})
        recorded = reservations.find(references_of(body.commands))  # last: pieces missing above are seen here
        return {"answers": [_seen(each, shelf, found) for each, found in zip(body.commands, recorded, strict=True)]}

    @app.post("/internal/reservations/deduct", doc_ui=False)
    def reserve(body: Commands[Deduct]) -> dict[str, Any]:
        """Reserve pieces for each payment, once."""
        return all_decided("reservations.deduct", body.commands, reservations.decide(body.commands))

    @app.post("/internal/reservations/refuse", doc_ui=False)
    def refuse(body: Commands[Refuse]) -> dict[str, Any]:
        """Decide against each payment that is undecided."""
        return all_decided("reservations.refuse", body.commands, reservations.decide(body.commands))

    @app.post("/internal/reservations/release", doc_ui=False)
    def release(body: Commands[Release]) -> dict[str, Any]:
        """Give back what is reserved."""
        return all_decided("reservations.release", body.commands, reservations.release(body.commands))

    @app.post("/internal/reservations/settle", doc_ui=False)
    def settle(body: Commands[Command]) -> dict[str, Any]:
        """What is reserved is sold."""
        return all_decided("reservations.settle", body.commands, reservations.settle(references_of(body.commands)))

    @app.post("/internal/reservations/find", doc_ui=False)
    def find(body: Commands[Command]) -> dict[str, Any]:
        """Tell what is recorded under each reference."""
        return {"answers": [each.to_json() for each in reservations.find(references_of(body.commands))]}

    @app.post("/internal/reservations/claim", doc_ui=False)
    def claim(body: Claim) -> dict[str, Any]:
        """Lease to the caller what nobody settled in time."""
        return {"answers": [each.to_json() for each in reservations.claim(body.limit)]}

    def keyed(route: str, body: Body) -> tuple[str, str]:
        return f"{route}:{idempotency.key_of_request()}", idempotency.request_hash(hash_key, body)

    def decided(operation: str, commands: Sequence[Command], records: Sequence[Reservation]) -> Sequence[Reservation]:
        batch_size.observe(len(commands))
        for command, record in zip(commands, records, strict=True):
            tell(operation, command, record.state, code=record.code)
        return records

    def all_decided(operation: str, commands: Sequence[Command], records: Sequence[Reservation]) -> dict[str, Any]:
        return {"answers": [each.to_json() for each in decided(operation, commands, records)]}

    return app


class AnyName(PathConverter):
    """A product's name as it ends a path; it may begin with a slash."""

    regex = ".+"
    part_isolating = False


def _seen(command: Look, shelf: Mapping[str, Product], recorded: Reservation) -> dict[str, Any]:
    product = shelf.get(command.product_name)
    tell("products.look", command, recorded.state if product else "product_not_found")
    return {
        "reference": command.reference,
        "product": product and {"price": product.price, "quantity": product.quantity},
        "reservation": None if recorded.state == "unknown" else recorded.to_json(),
    }
