"""orderservice: what was ordered."""

from typing import Any

from flask import Response

from chassis import mongo
from chassis.answers import WITH_BODY, Page, answers, created, list_answers, listing
from chassis.internal import Commands, tell
from chassis.service import Service
from orderservice.domain import CompletedOrders, FindOrder, NewOrder, Order, OrderPath, UserPath, WriteOrder
from orderservice.repository import MongoOrders, Orders
from orderservice.settings import Settings


def create_app(settings: Settings | None = None, orders: Orders | None = None) -> Service:
    """Wire the service; tests hand in settings and a repository of their own."""
    settings = settings or Settings.read()
    database = mongo.connect(settings.mongo_uri.get_secret_value())
    orders = orders or MongoOrders(database)
    app = Service("orderservice", settings, ready=mongo.ping(database), is_outage=mongo.is_outage)

    @app.post("/orders", responses=answers(201, Order, *WITH_BODY))
    def place_order(body: NewOrder) -> tuple[dict[str, Any], int]:
        """Write an order that nobody has paid; POST /payments writes the paid ones."""
        return created(orders.add(body), message="Order created successfully")

    @app.get("/orders", responses=list_answers(Order))
    def list_orders(query: Page) -> Response:
        """List orders."""
        return listing(orders.list(limit=query.limit + 1, after=query.after), query)

    @app.get("/orders/user/<user_id>", responses=list_answers(Order))
    def list_orders_of_user(path: UserPath, query: Page) -> Response:
        """List a user's orders."""
        return listing(orders.of_user(path.user_id, limit=query.limit + 1, after=query.after), query)

    @app.get("/orders/<order_id>", responses=answers(200, Order, 400, 404))
    def get_order(path: OrderPath) -> dict[str, Any]:
        """Get an order."""
        return orders.get(path.order_id).to_json()

    @app.operation("/internal/orders/write")
    def write_orders(body: Commands[WriteOrder]) -> dict[str, Any]:
        """Write paid orders, each if it is not there yet; answer what is kept."""
        kept = orders.write([each.order for each in body.commands])
        for each in body.commands:
            tell("orders.write", each, kept[each.order.id].status)
        return {
            "answers": [
                {"reference": each.reference, "order": kept[each.order.id].in_cents()} for each in body.commands
            ]
        }

    @app.operation("/internal/orders/find")
    def find_orders(body: Commands[FindOrder]) -> dict[str, Any]:
        """Tell for each command the order with its id, if there is one."""
        found = {order_id: each.in_cents() for order_id, each in orders.find(_ids(body)).items()}
        for each in body.commands:
            tell("orders.find", each, "found" if each.order_id in found else "unknown")
        return {"answers": [{"reference": each.reference, "order": found.get(each.order_id)} for each in body.commands]}

    @app.operation("/internal/orders/completed")
    def list_completed_orders(body: CompletedOrders) -> dict[str, Any]:
        """List paid orders."""
        return {"answers": [each.in_cents() for each in orders.completed(limit=body.limit, after=body.after)]}

    return app


def _ids(body: Commands[FindOrder]) -> set[str]:
    return {each.order_id for each in body.commands}
