"""The skeleton: the calls and writes of a payment as the shop makes them, by the same server, drivers and lists.

Every call between services and every statement to a database is there, and nothing else: no body is checked, no key
made, no line logged, nothing counted. The way from its speed to the shop's is what that care costs.
"""

import os
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask, Response, request
from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern

from chassis import deadlines, mongo
from local.shop import Shop
from paymentservice.batching import Batcher
from paymentservice.crowd import Crowd
from paymentservice.gateways import SETTLE_LINGER
from paymentservice.remote import OverHttp, Remote
from productservice.leases import Leases
from tests.bench.ceiling import serving
from tests.ports import free_ports
from walletservice import database
from walletservice.decisions import Movement
from walletservice.ledger import PostgresLedger
from walletservice.repository import PostgresWallets

INNER = ("users", "products", "wallets", "orders")
LONGEST = 8.0  # seconds for a payment
Commands = list[dict[str, Any]]
Answers = list[dict[str, Any]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], list[bytes]]


@contextmanager
def skeleton(shop: Shop) -> Iterator[int]:
    """Five processes over the databases of a shop, whose books do not balance afterwards; gives the payments' port."""
    names = (*INNER, "payments")
    free = free_ports([f"{name} {port}" for name in names for port in ("public", "internal")])
    ports = {name: (free[f"{name} public"], free[f"{name} internal"]) for name in names}
    variables = {"MONGO_URI": shop.mongo_uri, "POSTGRES_DSN": shop.postgres_dsn}
    variables |= {f"{name.upper()}_URL": f"http://127.0.0.1:{ports[name][1]}" for name in INNER}
    with ExitStack() as stack:
        for name, own in ports.items():
            stack.enter_context(serving(f"tests.bench.skeleton:{name}()", *own, variables))
        yield ports["payments"][0]


def users() -> Wsgi:
    people = _mongodb()["users"]

    def find(commands: Commands) -> Answers:
        asked = {"_id": {"$in": [each["user_id"] for each in commands]}}
        known = {each["_id"] for each in people.find(asked, ["user_name"])}
        return [{"known": each["user_id"] in known} for each in commands]

    return _inner({"/internal/users/find": find})


def products() -> Wsgi:
    store = _mongodb()
    turn, lease = threading.Lock(), Leases(recovery_after_seconds=30)

    def look(commands: Commands) -> Answers:
        names = list({each["product_name"] for each in commands})
        shelf = {each["product_name"]: each for each in store["products"].find({"product_name": {"$in": names}})}
        list(store["reservations"].find({"_id": {"$in": _references(commands)}}))
        return [{"price": shelf[each["product_name"]]["price"]} for each in commands]

    def deduct(commands: Commands) -> Answers:
        now = datetime.now(UTC)
        taken: dict[str, int] = {}
        for each in commands:
            taken[each["product_name"]] = taken.get(each["product_name"], 0) + each["quantity"]
        takings = [
            UpdateOne({"product_name": name, "quantity": {"$gte": pieces}}, {"$inc": {"quantity": -pieces}})
            for name, pieces in taken.items()
        ]
        kept = [_reserved(each, {"created_at": now, **lease.first(now)}) for each in commands]

        def write(session: ClientSession) -> None:
            store["products"].bulk_write(takings, session=session)
            store["reservations"].insert_many(kept, session=session)

        with turn, store.client.start_session() as session:
            session.with_transaction(write, read_concern=ReadConcern("snapshot"), write_concern=mongo.DURABLE)
        return [{} for _ in commands]

    def settle(commands: Commands) -> Answers:
        meant = {"_id": {"$in": _references(commands)}}
        store["reservations"].update_many({**meant, "state": "reserved"}, {"$set": {"state": "sold"}})
        list(store["reservations"].find(meant))
        return [{} for _ in commands]

    operations = {"products/look": look, "reservations/deduct": deduct, "reservations/settle": settle}
    return _inner({f"/internal/{path}": operation for path, operation in operations.items()})


def wallets() -> Wsgi:
    bank = database.connect(os.environ["POSTGRES_DSN"])
    ledger, accounts = PostgresLedger(bank), PostgresWallets(bank)

    def look(commands: Commands) -> Answers:
        amounts = accounts.amounts({(each["user_name"], each["card_number"]) for each in commands})
        ledger.find(_references(commands))
        return [{"amount": amounts[each["user_name"], each["card_number"]]} for each in commands]

    def deduct(commands: Commands) -> Answers:
        names = ("reference", "request_hash", "user_name", "card_number", "amount")
        ledger.deduct([Movement(kind="charged", **{name: each[name] for name in names}) for each in commands])
        return [{} for _ in commands]

    return _inner({"/internal/wallets/look": look, "/internal/wallets/deduct": deduct})


def orders() -> Wsgi:
    kept = _mongodb()["orders"]

    def write(commands: Commands) -> Answers:
        now = datetime.now(UTC)
        kept.bulk_write([InsertOne({**each["order"], "created_at": now}) for each in commands], ordered=False)
        return [{"order": each["order"]} for each in commands]

    return _inner({"/internal/orders/write": write})


def payments() -> Flask:
    app, crowd, transport = Flask("payments"), Crowd(), OverHttp()

    def batched(service: str, path: str, **how: Any) -> Batcher:
        remote = Remote(os.environ[f"{service.upper()}_URL"], "none", transport)

        def send(commands: Sequence[Any]) -> Any:
            return remote.call(f"/internal/{path}", {"commands": commands})["answers"]

        return Batcher(send, **how)

    find, look, funds = (
        batched("users", "users/find"),
        batched("products", "products/look"),
        batched("wallets", "wallets/look"),
    )
    reserve, charge = batched("products", "reservations/deduct"), batched("wallets", "wallets/deduct")
    write, settle = batched("orders", "orders/write"), batched("products", "reservations/settle", linger=SETTLE_LINGER)

    @app.post("/payments")
    def pay() -> Response:
        with deadlines.deadline(LONGEST), crowd:
            wish = orjson.loads(request.get_data())
            name = uuid.uuid4().hex
            command = {"reference": f"payment:{name}", "request_id": name}
            crowd.set_out().answer()
            looks = [each.submit({**command, **wish}) for each in (look, find, funds)]
            price, *_ = [each.answer().get("price") for each in looks]
            order = {**wish, "amount": price, "datetime": "2026-01-01T00:00:00+00:00", "status": "completed"}
            del order["card_number"]
            decided = {**command, **wish, "request_hash": "0" * 64, "price": price, "amount": price}
            reserve.submit({**decided, "memo": orjson.dumps(order).decode()}).answer()
            charge.submit(decided).answer()
            written = write.submit({**command, "order": {"_id": name, **order}}).answer()["order"]
            settle.submit(command)
            return Response(orjson.dumps(written), 201, mimetype="application/json")

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "healthy"}

    return app


def _mongodb() -> Any:
    return mongo.connect(os.environ["MONGO_URI"])


def _reserved(command: dict[str, Any], times: dict[str, Any]) -> dict[str, Any]:
    fields = {name: command[name] for name in ("request_hash", "product_name", "quantity", "price", "memo")}
    return {"_id": command["reference"], "state": "reserved", **fields, "code": None, "reason": None, **times}


def _references(commands: Commands) -> list[str]:
    return [each["reference"] for each in commands]


def _inner(operations: dict[str, Callable[[Commands], Answers]]) -> Wsgi:
    """Past Flask, as the shop's inner ports are."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        content = b""
        if operation := operations.get(environ["PATH_INFO"]):
            commands = orjson.loads(environ["wsgi.input"].read())["commands"]
            answers = zip(commands, operation(commands), strict=True)
            content = orjson.dumps({"answers": [{"reference": asked["reference"], **told} for asked, told in answers]})
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    return application
