"""orderservice through HTTP: every route, and everything it refuses."""

import json
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from chassis.fields import MAX_AMOUNT
from orderservice.app import create_app
from orderservice.repository import MongoOrders
from orderservice.settings import Settings
from tests.documented import client_of
from tests.fakes.mongodb import fake_database, ticking

ORDER: dict[str, Any] = {
    "user_id": "user123",
    "user_name": "John",
    "product_name": "Product1",
    "quantity": 10,
    "amount": 100,
    "datetime": "2023-07-05T12:00:00",
}
PAID = {**ORDER, "_id": "payment-1", "amount": 85090}
WRITE = {"reference": "payment:payment-1", "request_id": "r-1", "order": PAID}
TOKEN = "a token of the tests"


@pytest.fixture
def client() -> FlaskClient:
    settings = Settings.read(mongo_uri="mongodb://127.0.0.1:1/eshop", internal_token=TOKEN)
    return client_of(create_app(settings, MongoOrders(fake_database(), now=ticking())))


def place(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    response = client.post("/orders", json={**ORDER, **changes})
    assert response.status_code == 201
    assert response.json
    return {name: value for name, value in response.json.items() if name != "message"}


def ask(client: FlaskClient, operation: str, body: object, token: str = TOKEN) -> Any:
    return client.post(
        f"/internal/orders/{operation}",
        base_url="http://localhost:5050",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
    )


def write(client: FlaskClient, *commands: object) -> Any:
    return ask(client, "write", {"commands": commands})


def test_an_order_is_placed_under_an_id_of_the_services_own(client: FlaskClient) -> None:
    response = client.post("/orders", json=ORDER)
    assert response.status_code == 201
    assert response.json
    order_id = response.json["_id"]
    assert uuid.UUID(order_id).version == 4
    assert response.json == {
        "_id": order_id,
        **ORDER,
        "status": "placed",
        "message": "Order created successfully",
    }


def test_an_order_can_be_got(client: FlaskClient) -> None:
    order = place(client)
    response = client.get(f"/orders/{order['_id']}")
    assert response.status_code == 200
    assert response.json == order


@pytest.mark.parametrize(("amount", "shown"), [(850.9, b"850.9"), (890, b"890"), (0.01, b"0.01"), (890.00, b"890")])
def test_an_amount_is_shown_as_the_number_it_was(client: FlaskClient, amount: float, shown: bytes) -> None:
    order = place(client, amount=amount)
    assert b'"amount":' + shown + b"," in client.get(f"/orders/{order['_id']}").data


def test_an_unknown_order_is_404(client: FlaskClient) -> None:
    response = client.get("/orders/nothing")
    assert response.status_code == 404
    assert response.json
    assert response.json["code"] == "order_not_found"


@pytest.mark.parametrize("path", ["/orders/", "/orders/user/"])
def test_an_id_of_impossible_length_is_400(client: FlaskClient, path: str) -> None:
    response = client.get(path + "x" * 101)
    assert response.status_code == 400
    assert response.json
    assert response.json["code"] == "malformed"


@pytest.mark.parametrize("field", list(ORDER))
@pytest.mark.parametrize("value", [None, True, "", "x" * 300, [], {}, {"$gt": 0}, 0, -1, 1.001, 10**30])
def test_a_wrong_field_is_400_and_named(client: FlaskClient, field: str, value: object) -> None:
    response = client.post("/orders", json={**ORDER, field: value})
    assert response.status_code == 400
    assert response.json
    assert response.json["code"] == "malformed"
    assert response.json["field"] == field


@pytest.mark.parametrize("field", list(ORDER))
def test_a_field_left_out_is_400(client: FlaskClient, field: str) -> None:
    response = client.post("/orders", json={name: value for name, value in ORDER.items() if name != field})
    assert response.status_code == 400
    assert response.json
    assert response.json["error"] == f"{field}: must be given."


@pytest.mark.parametrize("extra", ["_id", "id", "status", "message", "created_at", "$set"])
def test_a_field_too_many_is_400(client: FlaskClient, extra: str) -> None:
    response = client.post("/orders", json={**ORDER, extra: "x"})
    assert response.status_code == 400
    assert response.json
    assert response.json["field"] == extra


def test_a_day_that_is_none_is_told_so(client: FlaskClient) -> None:
    response = client.post("/orders", json={**ORDER, "datetime": "2023-02-30T12:00:00"})
    assert response.status_code == 400
    assert response.json
    assert response.json["error"] == "datetime: must be a day of the calendar."


def test_a_body_that_is_none_is_refused(client: FlaskClient) -> None:
    assert client.post("/orders", data=b"{", content_type="application/json").status_code == 400
    assert client.post("/orders", data=b"{}", content_type="text/plain").status_code == 415
    assert client.post("/orders", data=b" " * 17000, content_type="application/json").status_code == 413


def test_orders_of_everybody_and_of_one_user(client: FlaskClient) -> None:
    mine, yours = place(client, user_id="me"), place(client, user_id="you")
    response = client.get("/orders")
    assert response.status_code == 200
    assert response.json == [yours, mine]
    response = client.get("/orders/user/me")
    assert response.status_code == 200
    assert response.json == [mine]
    response = client.get("/orders/user/nobody")
    assert response.status_code == 200
    assert response.json == []


@pytest.mark.parametrize("user_id", ["me", "a b", "a\nb", "\u00fc>"])
def test_a_list_is_read_page_by_page_along_its_links(client: FlaskClient, user_id: str) -> None:
    placed = [place(client, user_id=user_id) for _ in range(5)]
    path, pages = "/orders/user/" + "".join(f"%{byte:02x}" for byte in user_id.encode()) + "?limit=2", []
    while path:
        response = client.get(path)
        assert response.status_code == 200
        pages.append(response.json)
        path = response.headers.get("Link", "").partition(">")[0].removeprefix("<")
    assert [len(page or []) for page in pages] == [2, 2, 1]
    assert sum((page or [] for page in pages), []) == placed[::-1]


@pytest.mark.parametrize("path", ["/orders", "/orders/user/user123"])
@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=nothing"])
def test_a_wrong_page_is_400(client: FlaskClient, path: str, query: str) -> None:
    response = client.get(f"{path}?{query}")
    assert response.status_code == 400
    assert response.json
    assert response.json["error"].startswith(query.partition("=")[0] + ": ")


def test_checkout_writes_a_completed_order(client: FlaskClient) -> None:
    response = write(client, WRITE)
    assert response.status_code == 200
    assert response.json == {"answers": [{"reference": "payment:payment-1", "order": {**PAID, "status": "completed"}}]}
    assert client.get("/orders/payment-1").json == {**PAID, "amount": 850.9, "status": "completed"}


def test_what_was_written_first_is_answered_ever_after(client: FlaskClient) -> None:
    first = write(client, WRITE)
    again = write(client, {**WRITE, "order": {**PAID, "quantity": 99, "amount": 1}})
    assert again.status_code == 200
    assert again.json == first.json
    assert len(client.get("/orders").json or []) == 1


def test_answers_stand_in_the_order_of_their_commands(client: FlaskClient) -> None:
    commands = [{**WRITE, "reference": f"payment:{name}", "order": {**PAID, "_id": name}} for name in "cabac"]
    response = write(client, *commands)
    assert response.status_code == 200
    assert [(each["reference"], each["order"]["_id"]) for each in response.json["answers"]] == [
        (f"payment:{name}", name) for name in "cabac"
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 850.9),
        ("amount", 0),
        ("amount", MAX_AMOUNT + 1),
        ("amount", "85090"),
        ("quantity", 0),
        ("quantity", 1_000_001),
        ("user_name", ""),
        ("product_name", "a\u202eb"),
        ("datetime", "yesterday"),
        ("_id", ""),
        ("_id", {"$ne": None}),
        ("status", "completed"),
    ],
)
def test_an_order_outside_the_limits_is_refused_whole(client: FlaskClient, field: str, value: object) -> None:
    other = {**WRITE, "order": {**PAID, "_id": "other"}}
    response = write(client, other, {**WRITE, "order": {**PAID, field: value}})
    assert response.status_code == 400
    assert client.get("/orders").json == []


def test_the_limits_themselves_are_written(client: FlaskClient) -> None:
    assert write(client, {**WRITE, "order": {**PAID, "amount": MAX_AMOUNT, "quantity": 1_000_000}}).status_code == 200


def test_each_decision_is_logged_under_its_customers_request_id(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    write(client, WRITE, {**WRITE, "reference": "payment:2", "request_id": "r-2", "order": {**PAID, "_id": "2"}})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [(each["request_id"], each["reference"], each["outcome"]) for each in lines if each["event"] != "request"]
    assert told == [("r-1", "payment:payment-1", "completed"), ("r-2", "payment:2", "completed")]


def test_checkout_asks_for_an_order(client: FlaskClient) -> None:
    write(client, WRITE)
    command = {"reference": "a", "request_id": "r-1", "order_id": "payment-1"}
    response = ask(client, "find", {"commands": [{**command, "reference": "b", "order_id": "nothing"}, command]})
    assert response.status_code == 200
    assert response.json == {
        "answers": [
            {"reference": "b", "order": None},
            {"reference": "a", "order": {**PAID, "status": "completed"}},
        ]
    }


def test_checkout_lists_what_is_completed(client: FlaskClient) -> None:
    place(client)
    for name in "abc":
        write(client, {**WRITE, "order": {**PAID, "_id": name}})
    first = ask(client, "completed", {"limit": 2, "after": None})
    assert first.status_code == 200
    assert [each["_id"] for each in first.json["answers"]] == ["c", "b"]
    assert first.json["answers"][0] == {**PAID, "_id": "c", "status": "completed"}
    rest = ask(client, "completed", {"limit": 1001, "after": "b"})
    assert [each["_id"] for each in rest.json["answers"]] == ["a"]


@pytest.mark.parametrize("body", [{}, {"limit": 0}, {"limit": 1002}, {"limit": 1, "after": "nothing"}])
def test_a_wrong_page_of_completed_ones_is_400(client: FlaskClient, body: object) -> None:
    assert ask(client, "completed", body).status_code == 400


def test_services_need_the_token_and_a_list_of_1_to_64(client: FlaskClient) -> None:
    for operation in ("write", "find", "completed"):
        assert ask(client, operation, {}, token="another").status_code == 401
    assert write(client).status_code == 400
    assert write(client, *[WRITE] * 64).status_code == 200
    assert write(client, *[WRITE] * 65).status_code == 400


def test_a_database_that_is_away_is_503_and_the_process_is_alive() -> None:
    settings = Settings.read(mongo_uri="mongodb://127.0.0.1:1/eshop?serverSelectionTimeoutMS=50", internal_token=TOKEN)
    client = client_of(create_app(settings))
    assert client.get("/health").status_code == 200
    for response in (client.get("/health/ready"), client.get("/orders"), client.post("/orders", json=ORDER)):
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "1"
        assert response.json
        assert response.json["code"] == "unavailable"
