"""What `helm test` runs in a pod: a customer who comes through the gate, by name and with its certificate.

Argument: which of the visits below. Ends with 0 when all was as it should be. Leaves what a customer leaves: a user, a
product, a wallet with some money, an order. GATE is the ingress controller's address, DOMAIN what the hosts are below,
CERTIFICATE the file with the gate's own, which is believed beside those that are known to everybody.
"""

import http.client
import json
import os
import socket
import ssl
import sys
import time
import uuid
from typing import Any

SECONDS, PATIENCE, PAUSE = 10, 60, 1  # an answer; until the gate knows its services; between two tries
AWAY = {0, 502, 503, 504}
NAME = f"helm-test-{uuid.uuid4().hex[:12]}"  # of all that is made here
WALLET = {"user_name": NAME, "card_number": NAME}


class Gate(http.client.HTTPSConnection):
    """A connection to one host behind the gate."""

    def connect(self) -> None:
        context = ssl.create_default_context()
        context.load_verify_locations(os.environ["CERTIFICATE"])
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # it need not be signed by anybody
        plain = socket.create_connection((os.environ["GATE"], 443), SECONDS)
        self.sock = context.wrap_socket(plain, server_hostname=self.host)


def purchase() -> None:
    """Two of three are bought: money, stock and order tell the same."""
    payment = have(money=100)
    bought = demand(201, "POST", "payments", "/payments", payment)
    demand(201, "POST", "payments", "/payments", payment)  # the same key: nothing happens twice
    expect("the order", [each["_id"] for each in orders_of(payment)], [bought["payment_id"]])
    expect("the money left", money(), 80)
    expect("the stock left", stock(), 1)


def refusal() -> None:
    """Who has too little money gets nothing, and pays nothing."""
    payment = have(money=5)
    demand(402, "POST", "payments", "/payments", payment)
    expect("the orders", orders_of(payment), [])
    expect("the money left", money(), 5)
    expect("the stock left", stock(), 3)


def transfer() -> None:
    """Money comes and goes, and is counted."""
    fill(100)
    demand(200, "POST", "wallet", "/wallets/deduct", {**WALLET, "amount": 30})
    expect("the money left", money(), 70)


def overdraft() -> None:
    """Nobody takes more than there is."""
    fill(5)
    demand(402, "POST", "wallet", "/wallets/deduct", {**WALLET, "amount": 30})
    expect("the money left", money(), 5)


def fail() -> None:
    """What must not work is expected to work."""
    fill(5)
    demand(200, "POST", "wallet", "/wallets/deduct", {**WALLET, "amount": 30})


def have(*, money: int) -> dict[str, Any]:
    """A customer and three of a product at 10 each; what he sends to buy two."""
    user = demand(201, "POST", "users", "/users", {**WALLET, "email": f"{NAME}@example.com"})
    demand(201, "POST", "products", "/products", {"product_name": NAME, "price": 10, "quantity": 3})
    fill(money)
    return {**WALLET, "user_id": user["_id"], "product_name": NAME, "quantity": 2}


def fill(amount: int) -> None:
    demand(201, "POST", "wallet", "/wallets/add", {**WALLET, "amount": amount})


def orders_of(payment: dict[str, Any]) -> list[dict[str, Any]]:
    return list(demand(200, "GET", "orders", f"/orders/user/{payment['user_id']}"))


def money() -> float:
    [mine] = [each for each in demand(200, "GET", "wallet", "/wallets") if each["user_name"] == NAME]
    return float(mine["amount"])


def stock() -> int:
    return int(demand(200, "GET", "products", f"/products/{NAME}")["quantity"])


def demand(status: int, method: str, host: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The JSON of an answer, which must have this status. Where nobody answers, the same is asked again."""
    ends_at = time.monotonic() + PATIENCE
    while True:
        told, answer = ask(method, f"{host}.{os.environ['DOMAIN']}", path, body)
        print(f"{method} {host} {path}: {told}", flush=True)
        if told == status:
            return json.loads(answer)
        if told not in AWAY or time.monotonic() > ends_at:
            hint = "\n  whether all is ready: ./setup.sh kubectl status" if told in AWAY else ""
            sys.exit(f"error: {told}, not {status}: {answer}{hint}")
        time.sleep(PAUSE)


def ask(method: str, host: str, path: str, body: dict[str, Any] | None) -> tuple[int, str]:
    """Status and text of an answer; 0 and why, where there is none."""
    key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAME} {method} {host} {path}"))
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    gate = Gate(host, timeout=SECONDS)
    try:
        gate.request(method, path, json.dumps(body) if body else None, headers)
        response = gate.getresponse()
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        gate.close()


def expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        sys.exit(f"error: {what}: {found}, not {expected}")
    print(f"{what}: {found}", flush=True)


if __name__ == "__main__":
    visits = {each.__name__: each for each in (purchase, refusal, transfer, overdraft, fail)}
    visits[sys.argv[1]]()
