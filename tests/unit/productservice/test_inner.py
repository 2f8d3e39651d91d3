"""The inner port: lists of commands, an answer each, in their order."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Add = Callable[..., TestResponse]
Inner = Callable[..., TestResponse]
HASH = "a" * 64
MEMO = {"user_id": "u1", "user_name": "Michael", "amount": 85090}
DEDUCT: dict[str, Any] = {"request_hash": HASH, "product_name": "Mobile", "quantity": 2, "price": 85090, "memo": MEMO}
REFUSE = {"request_hash": HASH, "code": "user_not_found", "reason": "There is no such user."}
RELEASE = {"code": "insufficient_funds", "reason": "There is not enough money."}
RESERVED = {"state": "reserved", **DEDUCT, "code": None, "reason": None}
NOTHING: dict[str, Any] = dict.fromkeys(RESERVED)
OPERATIONS: dict[str, dict[str, Any]] = {
    "/internal/products/look": {"product_name": "Mobile"},
    "/internal/reservations/deduct": DEDUCT,
    "/internal/reservations/refuse": REFUSE,
    "/internal/reservations/release": RELEASE,
    "/internal/reservations/settle": {},
    "/internal/reservations/find": {},
}


def command(number: int = 1, /, **fields: Any) -> dict[str, Any]:
    return {"reference": f"payment:{number}", "request_id": "r-1", **fields}


@pytest.fixture
def ask(inner: Inner) -> Callable[..., Any]:
    """The answers to commands, if the call was answered with 200."""

    def post(path: str, *commands: dict[str, Any]) -> Any:
        response = inner(f"/internal/{path}", {"commands": commands})
        assert response.status_code == 200, response.json
        return (response.json or {})["answers"]

    return post


def test_pieces_are_reserved(ask: Callable[..., Any], add: Add, client: FlaskClient) -> None:
    add()
    [answer] = ask("reservations/deduct", command(**DEDUCT))
    assert answer == {"reference": "payment:1", **RESERVED}
    assert (client.get("/products/Mobile").json or {})["quantity"] == 98


def test_answers_come_in_the_order_of_their_commands(ask: Callable[..., Any], add: Add) -> None:
    add(quantity=4)
    numbers = [3, 1, 2, 3]
    answers = ask("reservations/deduct", *(command(each, **DEDUCT) for each in numbers))
    assert [each["reference"] for each in answers] == [f"payment:{each}" for each in numbers]
    assert [each["state"] for each in answers] == ["reserved", "reserved", "refused", "reserved"]
    assert answers[2]["code"] == "out_of_stock"


def test_another_body_is_told_only_that(ask: Callable[..., Any], add: Add) -> None:
    add()
    ask("reservations/deduct", command(**DEDUCT))
    [answer] = ask("reservations/deduct", command(**{**DEDUCT, "request_hash": "b" * 64}))
    assert answer == {**NOTHING, "reference": "payment:1", "state": "key_reused"}


def test_a_refusal_is_recorded(ask: Callable[..., Any], add: Add) -> None:
    add()
    [answer] = ask("reservations/refuse", command(**REFUSE))
    assert answer == {**NOTHING, "reference": "payment:1", "state": "refused", **REFUSE}
    assert ask("reservations/deduct", command(**DEDUCT)) == [answer]


def test_a_reservation_is_released_or_settled(ask: Callable[..., Any], add: Add, client: FlaskClient) -> None:
    add()
    ask("reservations/deduct", command(1, **DEDUCT), command(2, **DEDUCT))
    [released] = ask("reservations/release", command(1, **RELEASE))
    [sold, unknown] = ask("reservations/settle", command(2), command(3))
    assert released == {"reference": "payment:1", **RESERVED, "state": "released", **RELEASE}
    assert sold == {"reference": "payment:2", **RESERVED, "state": "sold"}
    assert unknown == {**NOTHING, "reference": "payment:3", "state": "unknown"}
    assert ask("reservations/find", command(1), command(2), command(3)) == [released, sold, unknown]
    assert (client.get("/products/Mobile").json or {})["quantity"] == 98


def test_a_look_sees_the_shelf_and_the_record(ask: Callable[..., Any], add: Add) -> None:
    add()
    ask("reservations/deduct", command(**DEDUCT))
    known, undecided, neither = ask(
        "products/look",
        command(1, product_name="Mobile"),
        command(2, product_name="Mobile"),
        command(3, product_name="Laptop"),
    )
    shelf = {"price": 85090, "quantity": 98}
    assert known == {"reference": "payment:1", "product": shelf, "reservation": {"reference": "payment:1", **RESERVED}}
    assert undecided == {"reference": "payment:2", "product": shelf, "reservation": None}
    assert neither == {"reference": "payment:3", "product": None, "reservation": None}


def test_what_is_due_is_claimed(ask: Callable[..., Any], add: Add, inner: Inner) -> None:
    add()
    ask("reservations/deduct", command(1, **DEDUCT), command(2, **DEDUCT))
    response = inner("/internal/reservations/claim", {"limit": 1})
    assert response.status_code == 200
    assert response.json == {"answers": [{"reference": "payment:1", **RESERVED, "attempts": 1}]}


@pytest.mark.parametrize("limit", [0, 65, "1", None])
def test_a_claim_has_a_limit(inner: Inner, limit: object) -> None:
    assert inner("/internal/reservations/claim", {"limit": limit}).status_code == 400


@pytest.mark.parametrize("path", [*OPERATIONS, "/internal/reservations/claim"])
def test_the_public_port_knows_nothing_of_it(client: FlaskClient, path: str) -> None:
    assert client.post(path, json={"commands": []}).status_code == 404
    assert client.post(path, json={"commands": []}, base_url="http://localhost:5050").status_code == 401


@pytest.mark.parametrize(("path", "fields"), OPERATIONS.items())
def test_a_list_has_1_to_64_commands(inner: Inner, path: str, fields: dict[str, Any]) -> None:
    assert inner(path, {"commands": []}).status_code == 400
    assert inner(path, {"commands": [command(each, **fields) for each in range(65)]}).status_code == 400
    assert inner(path, {"commands": [command(each, **fields) for each in range(64)]}).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"request_hash": "a" * 63},
        {"request_hash": "G" * 64},
        {"quantity": 0},
        {"quantity": 1_000_001},
        {"price": 0},
        {"price": 850.9},
        {"price": 100_000_001},
        {"memo": None},
        {"memo": {"amount": 850.9}},
        {"memo": {"amounts": [{"of": 850.9}]}},
        {"memo": {"amount": 2**64}},
        {"memo": {"note": "x" * 4096}},
        {"reference": ""},
        {"request_id": "a b"},
        {"card_number": "1"},
    ],
)
def test_a_reservation_that_makes_no_sense_is_malformed(inner: Inner, add: Add, wrong: dict[str, Any]) -> None:
    add()
    response = inner("/internal/reservations/deduct", {"commands": [command(**{**DEDUCT, **wrong})]})
    assert response.status_code == 400
    assert response.json
    assert response.json["field"].startswith("commands.0.")


def test_a_memo_of_4_kib_is_kept_as_it_is(ask: Callable[..., Any], add: Add) -> None:
    add()
    room = 4096 - len('{"$set":{"a.b":"$price"},"note":""}')
    bears = "\N{TEDDY BEAR}" * (room // 4)  # of four bytes each
    memo = {"$set": {"a.b": "$price"}, "note": bears + "x" * (room % 4)}
    [answer] = ask("reservations/deduct", command(**{**DEDUCT, "memo": memo}))
    assert answer["memo"] == memo


@pytest.mark.parametrize("wrong", [{"code": "Not A Code"}, {"code": ""}, {"reason": "x" * 501}])
def test_a_reason_is_a_code_and_a_sentence(inner: Inner, wrong: dict[str, Any]) -> None:
    for path in ("/internal/reservations/refuse", "/internal/reservations/release"):
        fields = {**OPERATIONS[path], **wrong}
        assert inner(path, {"commands": [command(**fields)]}).status_code == 400
