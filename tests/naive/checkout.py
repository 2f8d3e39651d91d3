"""A checkout as demonstrations have it: look, deduct, deduct, order, and hope. It is here to be found wrong.

It asks the shop's public addresses, as anybody could, and nothing of the real checkout knows of it. What it leaves out:
a name for the purchase that makes it safe to send again, a look at the last answers, and whoever ends what it began.
"""

import os
import sys
import threading
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from flask import Flask, request

from local.catalogue import SERVICES
from tests.web import new_session

Answer = tuple[Any, int]


def create_app(users: str, products: str, wallets: str, orders: str) -> Flask:
    """The shop's services by their addresses."""
    app, shop = Flask("naive"), new_session()

    @app.get("/payments")
    def list_payments() -> Answer:
        return [], 200

    @app.post("/payments")
    def buy() -> Answer:
        wish = request.get_json()
        if shop.get(f"{users}/users/{wish['user_id']}").status_code == 404:
            return {"code": "user_not_found"}, 404
        product = shop.get(f"{products}/products/{quote(wish['product_name'])}").json()
        if product["quantity"] < wish["quantity"]:
            return {"code": "out_of_stock"}, 409
        amount = round(product["price"] * wish["quantity"], 2)
        purse = {"user_name": wish["user_name"], "card_number": wish["card_number"], "amount": amount}
        if shop.post(f"{wallets}/wallets/deduct", json=purse).status_code != 200:
            return {"code": "insufficient_funds"}, 402
        goods = {"product_name": wish["product_name"], "quantity": wish["quantity"]}
        shop.post(f"{products}/products/deduct", json=goods)
        order = {"user_id": wish["user_id"], "user_name": wish["user_name"], **goods, "amount": amount}
        ordered = shop.post(f"{orders}/orders", json={**order, "datetime": datetime.now(UTC).isoformat()}).json()
        return {**order, "payment_id": ordered["_id"], "status": "completed"}, 201

    return app


def main() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    urls = {each.plural: os.environ[each.url_variable] for each in SERVICES if each.name != "paymentservice"}
    create_app(**urls).run("127.0.0.1", int(sys.argv[1]), threaded=True)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
