"""What paymentservice asks of the bank on the inner port."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fakes.walletservice import FakeBank, credit, new_payment
from tests.unit.walletservice.conftest import Payments

MICHAEL = {"user_name": "Michael", "card_number": "123-456-7890"}
CHARGE = {**MICHAEL, "amount": 30, "request_hash": "a" * 64}
COMMANDS: dict[str, dict[str, Any]] = {
    "/internal/wallets/look": MICHAEL,
    "/internal/wallets/deduct": CHARGE,
    "/internal/wallets/void": {},
    "/internal/ledger/find": {},
}


@pytest.fixture(autouse=True)
def a_hundred_cents(bank: FakeBank) -> None:
    bank.add([credit(("Michael", "123-456-7890"), 100)])


@pytest.fixture
def reference() -> str:
    return new_payment()


def test_a_look_tells_the_cents_and_what_is_recorded(payments: Payments, reference: str) -> None:
    look = {"reference": reference, **MICHAEL}
    assert payments.ask("/internal/wallets/look", look) == [{"reference": reference, "amount": 100, "entry": None}]
    payments.ask("/internal/wallets/deduct", {"reference": reference, **CHARGE})
    assert payments.ask("/internal/wallets/look", look, {**look, "card_number": "1"}) == [
        {"reference": reference, "amount": 70, "entry": {"kind": "charged", "amount": 30, "reason": None}},
        {"reference": reference, "amount": None, "entry": {"kind": "charged", "amount": 30, "reason": None}},
    ]


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({}, {"kind": "charged", "amount": 30, "reason": None}),
        ({"amount": 101}, {"kind": "declined", "amount": 101, "reason": "insufficient_funds"}),
        ({"amount": 10**14}, {"kind": "declined", "amount": 10**14, "reason": "insufficient_funds"}),
        ({"user_name": "Eve"}, {"kind": "declined", "amount": 30, "reason": "wallet_not_found"}),
    ],
)
def test_a_charge_answers_what_is_recorded_ever_after(
    payments: Payments, bank: FakeBank, reference: str, change: dict[str, Any], answer: dict[str, Any]
) -> None:
    command = {"reference": reference, **CHARGE, **change}
    first = payments.ask("/internal/wallets/deduct", command)
    assert first == [{"reference": reference, **answer}]
    bank.add([credit(("Michael", "123-456-7890"), 1000), credit(("Eve", "123-456-7890"), 1000)])
    later = {**command, "amount": 1, "request_hash": "b" * 64}
    assert payments.ask("/internal/wallets/deduct", later) == first
    assert payments.ask("/internal/wallets/void", {"reference": reference}) == first
    assert payments.ask("/internal/ledger/find", {"reference": reference}) == [
        {"reference": reference, "entry": answer}
    ]


def test_what_is_voided_is_never_charged(payments: Payments, bank: FakeBank, reference: str) -> None:
    voided = [{"reference": reference, "kind": "voided", "amount": 0, "reason": None}]
    assert payments.ask("/internal/wallets/void", {"reference": reference}) == voided
    assert payments.ask("/internal/wallets/deduct", {"reference": reference, **CHARGE}) == voided
    assert bank.amounts([("Michael", "123-456-7890")]) == {("Michael", "123-456-7890"): 100}


def test_nothing_is_found_where_nothing_is_decided(payments: Payments, reference: str) -> None:
    assert payments.ask("/internal/ledger/find", {"reference": reference}) == [{"reference": reference, "entry": None}]


@pytest.mark.parametrize("path", COMMANDS)
def test_sixty_four_answers_come_in_the_order_of_their_commands(payments: Payments, path: str) -> None:
    references = [new_payment() for _ in range(63)]
    references.append(references[5])
    answers = payments.ask(path, *({"reference": each, **COMMANDS[path]} for each in references))
    assert [each["reference"] for each in answers] == references


@pytest.mark.parametrize("path", COMMANDS)
@pytest.mark.parametrize("count", [0, 65])
def test_an_empty_or_too_long_list_is_malformed(payments: Payments, bank: FakeBank, path: str, count: int) -> None:
    commands = [{"reference": new_payment(), "request_id": "r", **COMMANDS[path]} for _ in range(count)]
    assert payments.post(path, *commands).status_code == 400
    assert len(bank.entries) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0}, {"amount": -1}, {"amount": 1.5}, {"amount": "5"}, {"amount": True}, {"amount": 10**14 + 1},
        {"request_hash": ""}, {"request_hash": "a" * 63}, {"request_hash": "G" * 64},
        {"user_name": ""}, {"card_number": "ü"},
        {"reference": ""}, {"reference": "a\u0000b"}, {"reference": "x" * 301}, {"request_id": "a b"}, {"more": 1},
    ],
)  # fmt: skip
def test_a_charge_that_breaks_a_limit_is_malformed(payments: Payments, bank: FakeBank, change: dict[str, Any]) -> None:
    response = payments.post(
        "/internal/wallets/deduct", {"reference": "payment:1", "request_id": "r", **CHARGE, **change}
    )
    assert response.status_code == 400
    assert len(bank.entries) == 1


@pytest.mark.parametrize("path", COMMANDS)
def test_the_public_port_knows_no_inner_route(payments: Payments, path: str) -> None:
    command = {"reference": "payment:1", "request_id": "r", **COMMANDS[path]}
    assert payments.post(path, command, base_url="http://localhost:5000").status_code == 404
    assert payments.post(path, command, base_url="http://localhost:5000", headers={}).status_code == 404
    host = {"Host": "localhost:5050", "Authorization": "Bearer 0123456789abcdef"}
    spoofed = payments.post(path, command, headers=host, base_url="http://localhost:5000",
                            environ_overrides={"SERVER_PORT": "5000"})  # fmt: skip
    assert spoofed.status_code == 404


@pytest.mark.parametrize("path", COMMANDS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "0123456789abcdef"}])
def test_without_the_token_nothing_is_told(payments: Payments, path: str, headers: dict[str, str]) -> None:
    command = {"reference": "payment:1", "request_id": "r", **COMMANDS[path]}
    response = payments.post(path, command, headers=headers)
    assert response.status_code == 401
    assert response.get_json()["code"] == "unauthorized"


@pytest.mark.parametrize("path", ["/wallets", "/wallet", "/health"])
def test_the_inner_port_knows_no_public_route(client: FlaskClient, path: str) -> None:
    assert client.get(path, base_url="http://localhost:5050").status_code == 404


def test_each_decision_is_logged_under_its_customers_request(
    payments: Payments, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = [{"reference": f"payment:{each}", "request_id": f"r-{each}", **CHARGE} for each in range(4)]
    payments.ask("/internal/wallets/deduct", *commands)
    payments.ask("/internal/wallets/void", {"reference": "payment:9", "request_id": "r-9"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [(each["request_id"], each["reference"], each["outcome"]) for each in lines if "outcome" in each]
    assert told == [
        *((f"r-{each}", f"payment:{each}", "charged") for each in range(3)),
        ("r-3", "payment:3", "declined"),
        ("r-9", "payment:9", "voided"),
    ]
    assert "123-456-7890" not in str(lines)
