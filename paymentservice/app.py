"""paymentservice: takes a customer's wish through the four other services. It has no database."""

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, g
from prometheus_client import CollectorRegistry, Counter

from chassis import logs, metrics
from chassis.admission import Asked
from chassis.answers import WITH_BODY, Page, answers, list_answers, listing
from chassis.errors import Malformed, Refusal
from chassis.idempotency import HEADER, KEYED, accepted_key, key_of_request, request_hash
from chassis.service import Service
from paymentservice.batching import Batcher
from paymentservice.checkout import Checkout, Participants
from paymentservice.crowd import Crowd
from paymentservice.domain import Payment, PaymentPath, PaymentRequest, Purchase, payment_id_of
from paymentservice.gateways import Orders, Products, Users, Wallets
from paymentservice.inquiry import payment_status
from paymentservice.promises import InDoubt
from paymentservice.recovery import Recovery
from paymentservice.remote import OverHttp, Remote, Transport
from paymentservice.settings import Settings


def create_app(settings: Settings | None = None, transport: Transport | None = None) -> Service:
    """Wire the service; tests hand in settings and a transport of their own."""
    settings = settings or Settings.read()
    app = Service(
        "paymentservice", settings, is_outage=lambda error: isinstance(error, InDoubt), known_of=name_of_payment
    )
    shop = participants(settings, transport or OverHttp(), app.registry)
    checkout = Checkout(shop)
    counted = _count_outcomes(app.registry)
    if settings.recovery_interval_seconds:
        Recovery(shop, app.registry).start(settings.recovery_interval_seconds)

    @app.post(
        "/payments",
        responses={**answers(201, Payment, *WITH_BODY, 402, 404, 409, 422), **answers(202, Payment)},
        openapi_extensions=KEYED,
    )
    def pay(body: PaymentRequest) -> Response:
        """Buy a product."""
        purchase = _purchase(body, settings.request_hash_key.get_secret_value())
        return _answer(app, counted(checkout.pay, purchase))

    @app.get("/payments", responses=list_answers(Payment))
    def list_payments(query: Page) -> Response:
        """List completed payments."""
        orders = shop.orders.completed(limit=query.limit + 1, after=query.after)
        return listing([Payment.completed(each) for each in orders], query)

    @app.get("/payments/<payment_id>", responses=answers(200, Payment, 400, 404))
    def get_payment(path: PaymentPath) -> dict[str, Any]:
        """Tell what became of a payment."""
        return payment_status(shop, path.payment_id).to_json()

    app.answer_also("/payments", "/payment")
    return app


def participants(settings: Settings, transport: Transport, registry: CollectorRegistry) -> Participants:
    sizes = metrics.lengths("batch_size", "Commands a call.", registry, labels=["operation"])
    token = settings.internal_token.get_secret_value()

    def at(url: str) -> Remote:
        return Remote(url, token, transport)

    def batched(remote: Remote, operation: str, *, linger: float = 0.0) -> Batcher:
        def send(commands: Any) -> Any:
            return remote.call(operation, {"commands": commands})["answers"]

        return Batcher(send, observe_size=sizes.labels(operation).observe, linger=linger)

    return Participants(
        users=Users(at(settings.users_url), batched),
        products=Products(at(settings.products_url), batched),
        wallets=Wallets(at(settings.wallets_url), batched),
        orders=Orders(at(settings.orders_url), batched),
        crowd=Crowd(),
    )


def name_of_payment(asked: Asked) -> dict[str, str]:
    """The payment that a request would have begun, and its key, so that the request can be sent again safely."""
    if (asked.method, asked.path) not in (("POST", "/payments"), ("POST", "/payment")):
        return {}
    try:
        wish, key = orjson.loads(asked.body()), accepted_key(asked.key)
    except (ValueError, Malformed):
        return {}
    user_id = wish.get("user_id") if isinstance(wish, dict) else None
    return {HEADER: key, "payment_id": payment_id_of(user_id=user_id, key=key)} if isinstance(user_id, str) else {}


def _purchase(body: PaymentRequest, hash_key: str) -> Purchase:
    payment_id = payment_id_of(user_id=body.user_id, key=key_of_request())
    g.problem_members = {"payment_id": payment_id}  # every answer carries it, so that anyone can ask again safely
    return Purchase(
        payment_id=payment_id,
        request_hash=request_hash(hash_key, body),
        wish=body,
        request_id=logs.current_request_id(),
    )


def _count_outcomes(registry: CollectorRegistry) -> Callable[[Callable[[Purchase], Payment], Purchase], Payment]:
    outcomes = Counter("payments", "Payments answered.", ["outcome"], registry=registry)

    def counted(pay: Callable[[Purchase], Payment], purchase: Purchase) -> Payment:
        try:
            payment = pay(purchase)
        except Refusal as refusal:
            outcomes.labels(refusal.code).inc()
            raise
        except Exception:
            outcomes.labels("error").inc()
            raise
        outcomes.labels(payment.status).inc()
        return payment

    return counted


def _answer(app: Service, payment: Payment) -> Response:
    if payment.status == "completed":
        response = app.make_response(({**payment.to_json(), "message": "Payment completed successfully"}, 201))
    else:
        asked = f"/payments/{payment.payment_id}"
        message = f"The payment is being finished. Ask again at {asked}, or send the same once more."
        response = app.make_response(({**payment.to_json(), "message": message}, 202))
        response.headers["Retry-After"] = "1"
    return response
