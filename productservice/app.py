"""productservice: what the shop sells, and how many pieces are left."""

from typing import Any

from flask import Response
from werkzeug.routing import PathConverter

from chassis import idempotency, logs, mongo
from chassis.answers import WITH_BODY, Page, answers, list_answers, listing
from chassis.fields import Body
from chassis.service import Service
from productservice import measures
from productservice.commands import Take
from productservice.domain import NewProduct, PriceChange, Product, ProductPath, Purchase
from productservice.inner import add_operations
from productservice.repository import MongoProducts, Products
from productservice.reservations import MongoReservations, Reservations
from productservice.settings import Settings
from productservice.transactions import Decider

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
    decided = measures.install(app.registry, reservations)

    @app.post("/products", openapi_extensions=idempotency.KEYED, responses=ADDED)
    def add_product(body: NewProduct) -> tuple[dict[str, Any], int]:
        """Bring in pieces: of a new product, or more of a known one, whose price is set."""
        reference, request_hash = keyed("products.add", body)
        addition = products.add(body, reference=reference, request_hash=request_hash)
        return addition.to_json(), 201 if addition.is_new else 200

    @app.post(
        "/products/deduct",
        openapi_extensions=idempotency.KEYED,
        responses=answers(200, Product, *WITH_BODY, 404, 409, 422),
    )
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

    def keyed(route: str, body: Body) -> tuple[str, str]:
        return f"{route}:{idempotency.key_of_request()}", idempotency.request_hash(hash_key, body)

    add_operations(app, products, reservations, decided)
    return app


class AnyName(PathConverter):
    """A product's name as it ends a path; it may begin with a slash."""

    regex = ".+"
    part_isolating = False
