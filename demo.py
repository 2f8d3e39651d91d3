#!/usr/bin/env python3
"""The shop's walkthrough: each step as one would type it, and what the shop answers. Repeatable; needs Python alone."""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

PORTS = {"users": 5000, "products": 5001, "payments": 5002, "wallets": 5003, "orders": 5004}
USER = {"user_name": "Michael", "email": "michael@example.com", "card_number": "123-456-7890"}
PRODUCTS = (("Laptop", Decimal(890)), ("Desktop", Decimal(1200)), ("Mobile", Decimal("850.9")))
START = "docker-compose up -d, or without Docker ./setup.sh local up"
SECONDS = 15
SHOWN = 3


class DemoError(Exception):
    """The walkthrough cannot go on."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    next_page: str


def main() -> None:
    print("This buys a phone: a user, three products, a wallet, one purchase.\n")
    user_id = create_user()
    create_products()
    create_wallet()
    before = stock_and_money()
    payment = buy(user_id)
    observe()
    check(payment, before=before, after=stock_and_money())


def create_user() -> str:
    tell("1. Create the user Michael.")
    answer = post("users", "/users", USER)
    if answer.status == 409:
        print("   His e-mail address is registered: he stays from an earlier run. His id is in the list of users.\n")
    else:
        demand(answer, 201)
    tell("   Which id does he have?")
    show(ask("users", "/users"))
    users = every("users", "/users")
    return str(the_one(users, "user with this e-mail address", email=USER["email"])["_id"])


def create_products() -> None:
    tell("2. Create three products; one that exists gets the quantity added.")
    for name, price in PRODUCTS:
        demand(post("products", "/products", {"product_name": name, "price": price, "quantity": 100}), 200, 201)


def create_wallet() -> None:
    tell("3. Put 120000 into Michael's wallet.")
    wallet = {"user_name": USER["user_name"], "card_number": USER["card_number"], "amount": 120000}
    demand(post("wallets", "/wallets/add", wallet), 200, 201)


def buy(user_id: str) -> dict[str, Any]:
    tell("4. Buy one phone. The key makes it safe to send again: it is the same purchase, however often it arrives.")
    purchase = {
        "user_id": user_id,
        "user_name": USER["user_name"],
        "card_number": USER["card_number"],
        "product_name": "Mobile",
        "quantity": 1,
    }
    answer = post("payments", "/payments", purchase, key=str(uuid.uuid4()))
    demand(answer, 200, 201, 202)
    payment: dict[str, Any] = answer.body
    deadline = time.monotonic() + 60
    while payment.get("status") == "pending" and time.monotonic() < deadline:
        print("   It is pending: the shop finishes it by itself. Asking again.\n")
        time.sleep(2)
        payment = show(ask("payments", f"/payments/{payment['payment_id']}")).body
    if payment.get("status") != "completed":
        raise DemoError(f"the payment is not completed: {payment.get('error') or payment}")
    return payment


def observe() -> None:
    tell("5. See the orders, the wallets and the products, the newest first.")
    for service in ("orders", "wallets", "products"):
        demand(show(ask(service, f"/{service}")), 200)


def check(payment: dict[str, Any], *, before: tuple[Decimal, int], after: tuple[Decimal, int]) -> None:
    tell("6. Do the books agree?")
    price = dict(PRODUCTS)["Mobile"]
    orders = every("orders", "/orders")
    order = the_one(orders, "order of this payment", _id=payment["payment_id"])
    findings = {
        f"there is one completed order of {price}": order["status"] == "completed" and order["amount"] == price,
        f"the wallet went from {before[0]} to {after[0]}": before[0] - after[0] == price,
        f"the stock went from {before[1]} to {after[1]}": before[1] - after[1] == 1,
    }
    for finding, agrees in findings.items():
        print(f"   {'yes' if agrees else 'NO '}  {finding}")
    if not all(findings.values()):
        raise DemoError("the books do not agree (or somebody else bought at the same time)")


def stock_and_money() -> tuple[Decimal, int]:
    wallets = every("wallets", "/wallets")
    wallet = the_one(wallets, "wallet of Michael", user_name=USER["user_name"], card_number=USER["card_number"])
    product = the_one(every("products", "/products"), "product Mobile", product_name="Mobile")
    return Decimal(wallet["amount"]), product["quantity"]


def base_url(service: str) -> str:
    port = os.environ.get(f"{service.upper()}_PORT") or PORTS[service]
    return (os.environ.get(f"{service.upper()}_URL") or f"http://localhost:{port}").rstrip("/")


def post(service: str, path: str, body: dict[str, Any], *, key: str = "") -> Answer:
    url, text = base_url(service) + path, json.dumps(body, default=as_number)
    headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
    typed = " ".join(f'-H "{name}: {value}"' for name, value in headers.items())
    print(f"   $ curl -X POST {typed} -d '{text}' {url}")
    return show(send(urllib.request.Request(url, text.encode(), headers, method="POST")))


def ask(service: str, path: str) -> Answer:
    url = base_url(service) + path
    print(f"   $ curl {url}")
    return send(urllib.request.Request(url))


def every(service: str, path: str) -> list[dict[str, Any]]:
    """A list comes in pages; the Link header leads to the next."""
    found: list[dict[str, Any]] = []
    url = base_url(service) + path
    while url:
        answer = demand(send(urllib.request.Request(url)), 200)
        found += answer.body
        url = urllib.parse.urljoin(url, answer.next_page) if answer.next_page else ""
    return found


def send(request: urllib.request.Request) -> Answer:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the shop is near, whatever proxy is set
    try:
        with direct.open(request, timeout=SECONDS) as reply:
            return read(reply)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return read(refusal)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DemoError(f"nobody answers at {request.full_url}: {reason}\n  {START}") from error


def read(reply: Any) -> Answer:
    text, link = reply.read().decode(), reply.headers.get("Link", "")
    try:
        body = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise DemoError(f"{reply.url} answers {reply.status}, and not as a shop does: {text[:200]}") from error
    return Answer(reply.status, body, link.partition("<")[2].partition(">")[0] if 'rel="next"' in link else "")


def show(answer: Answer) -> Answer:
    body = answer.body
    shown = body[:SHOWN] if isinstance(body, list) else body
    lines = json.dumps(shown, default=as_number, indent=2, ensure_ascii=False).splitlines()
    print(f"   {answer.status}", *lines, sep="\n   ")
    if isinstance(body, list) and len(body) > SHOWN:
        print(f"   ... and {len(body) - SHOWN} more")
    print()
    return answer


def demand(answer: Answer, *expected: int) -> Answer:
    if answer.status not in expected:
        raise DemoError(f"this step wants the answer {' or '.join(map(str, expected))}, not {answer.status}")
    return answer


def the_one(found: list[dict[str, Any]], what: str, **fields: Any) -> dict[str, Any]:
    for item in found:
        if all(item.get(name) == value for name, value in fields.items()):
            return item
    raise DemoError(f"the shop shows no {what}")


def as_number(value: Decimal) -> float | int:
    return int(value) if value == int(value) else float(value)


def tell(text: str) -> None:
    print(text)


if __name__ == "__main__":
    try:
        main()
    except DemoError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
