"""What a customer's client may send to the bank, and what it is answered."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes.walletservice import FakeBank

MICHAEL = {"user_name": "Michael", "card_number": "123-456-7890"}
PATHS = ["/wallets", "/wallet"]


def key(value: str) -> dict[str, str]:
    return {"Idempotency-Key": value}


def add(client: FlaskClient, amount: Any, *, path: str = "/wallets", **more: Any) -> TestResponse:
    return client.post(f"{path}/add", json={**MICHAEL, "amount": amount}, **more)


def deduct(client: FlaskClient, amount: Any, *, path: str = "/wallets", **more: Any) -> TestResponse:
    return client.post(f"{path}/deduct", json={**MICHAEL, "amount": amount}, **more)


def assert_problem(response: TestResponse, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.get_json()["code"] == code
    assert response.content_type == "application/problem+json"
    assert set(response.get_json()) >= {"error", "code", "status", "request_id"}
    assert response.get_json()["status"] == status


@pytest.mark.parametrize("path", PATHS)
def test_a_wallet_is_created_filled_used_and_listed(client: FlaskClient, path: str) -> None:
    created = add(client, 120000, path=path)
    assert created.status_code == 201
    assert created.get_json() == {"_id": "1", **MICHAEL, "amount": 120000, "message": "Funds added successfully"}
    added = add(client, 0.9, path=path)
    assert added.status_code == 201
    assert added.get_json()["amount"] == 120000.9
    deducted = deduct(client, 850.9, path=path)
    assert deducted.status_code == 200
    assert deducted.get_json() == {"_id": "1", **MICHAEL, "amount": 119150}
    listed = client.get(path)
    assert listed.status_code == 200
    assert listed.get_json() == [{"_id": "1", **MICHAEL, "amount": 119150}]


def test_no_wallets_are_an_empty_list(client: FlaskClient) -> None:
    response = client.get("/wallets")
    assert response.status_code == 200
    assert response.get_json() == []


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_linked_newest_first(client: FlaskClient, path: str) -> None:
    for number in range(3):
        client.post("/wallets/add", json={"user_name": "Michael", "card_number": str(number), "amount": 1})
    first = client.get(f"{path}?limit=2")
    assert [each["card_number"] for each in first.get_json()] == ["2", "1"]
    assert first.headers["Link"] == f'<{path}?limit=2&after=2>; rel="next"'
    last = client.get(f"{path}?limit=2&after=2")
    assert [each["card_number"] for each in last.get_json()] == ["0"]
    assert "Link" not in last.headers


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=nobody", "after=1"])
def test_a_page_that_cannot_be_is_malformed(client: FlaskClient, query: str) -> None:
    assert_problem(client.get(f"/wallets?{query}"), 400, "malformed")


@pytest.mark.parametrize("path", PATHS)
def test_a_wallet_that_does_not_exist_is_not_found(client: FlaskClient, path: str) -> None:
    assert_problem(deduct(client, 1, path=path), 404, "wallet_not_found")


def test_more_than_is_there_is_refused_and_left_there(client: FlaskClient) -> None:
    add(client, 10)
    assert_problem(deduct(client, 10.01), 402, "insufficient_funds")
    assert client.get("/wallets").get_json()[0]["amount"] == 10


def test_a_balance_above_the_maximum_is_refused(client: FlaskClient) -> None:
    assert add(client, 10**11).status_code == 201
    assert_problem(add(client, 0.01), 409, "balance_limit")
    assert client.get("/wallets").get_json()[0]["amount"] == 10**11


def test_a_key_gives_its_first_answer_again_byte_for_byte(client: FlaskClient) -> None:
    added = [add(client, 100, headers=key("k")) for _ in range(3)]
    deducted = [deduct(client, 30, headers=key("k")) for _ in range(3)]
    add(client, 5)
    added.append(add(client, 100, headers=key("k")))
    deducted.append(deduct(client, 30, headers=key("k")))
    assert {(each.status_code, each.data, each.headers["Idempotency-Key"]) for each in added} == {
        (201, added[0].data, "k")
    }
    assert {(each.status_code, each.data) for each in deducted} == {(200, deducted[0].data)}
    assert client.get("/wallets").get_json()[0]["amount"] == 75


def test_one_body_spelled_in_two_ways_is_one_body(client: FlaskClient) -> None:
    first = client.post("/wallets/add", data='{"user_name": "Zo\\u00eb", "card_number": "1", "amount": 5}',
                        content_type="application/json", headers=key("k"))  # fmt: skip
    again = client.post("/wallets/add", data='{"amount":5.00,"card_number":"1","user_name":"Zoe\\u0308"}',
                        content_type="application/json", headers=key("k"))  # fmt: skip
    assert (again.status_code, again.data) == (201, first.data)


@pytest.mark.parametrize(
    "first", [(deduct, 404, "wallet_not_found"), (deduct, 402, "insufficient_funds"), (add, 409, "balance_limit")]
)
def test_a_refusal_is_given_again_after_its_reason_is_gone(client: FlaskClient, first: Any) -> None:
    send, status, code = first
    if code != "wallet_not_found":
        add(client, 10**11 if code == "balance_limit" else 1)
    assert_problem(send(client, 5, headers=key("k")), status, code)
    if send is deduct:
        add(client, 100)
    else:
        deduct(client, 100)
    assert_problem(send(client, 5, headers=key("k")), status, code)
    assert send(client, 5).status_code in (200, 201)


@pytest.mark.parametrize("change", [{"amount": 6}, {"user_name": "Eve"}, {"card_number": "1"}])
@pytest.mark.parametrize("route", ["add", "deduct"])
def test_a_key_with_another_body_is_refused_and_does_nothing(
    client: FlaskClient, bank: FakeBank, route: str, change: dict[str, Any]
) -> None:
    add(client, 100)
    client.post(f"/wallets/{route}", json={**MICHAEL, "amount": 5}, headers=key("k"))
    before = dict(bank.accounts)
    again = client.post(f"/wallets/{route}", json={**MICHAEL, "amount": 5, **change}, headers=key("k"))
    assert_problem(again, 422, "idempotency_key_reused")
    assert bank.accounts == before


def test_a_key_is_made_where_none_is_sent_and_works(client: FlaskClient) -> None:
    first = add(client, 5)
    again = add(client, 5, headers=key(first.headers["Idempotency-Key"]))
    assert again.data == first.data
    assert add(client, 5).headers["Idempotency-Key"] != first.headers["Idempotency-Key"]


def test_a_refusal_carries_its_key_too(client: FlaskClient) -> None:
    assert deduct(client, 5).headers["Idempotency-Key"]
    assert deduct(client, 5, headers=key("k")).headers["Idempotency-Key"] == "k"


@pytest.mark.parametrize("value", ["", "a b", "ü", "x" * 256])
def test_a_key_that_is_none_is_malformed(client: FlaskClient, value: str) -> None:
    assert_problem(add(client, 5, headers=key(value)), 400, "malformed")


def test_keys_of_the_two_routes_and_of_payments_are_strangers(client: FlaskClient, bank: FakeBank) -> None:
    add(client, 5, headers=key("k"))
    deduct(client, 5, headers=key("k"))
    assert set(bank.entries) == {"wallets.add:k", "wallets.deduct:k"}
    assert {each.kind for each in bank.entries.values()} == {"credited", "debited"}


@pytest.mark.parametrize("route", ["add", "deduct"])
@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0}, {"amount": -1}, {"amount": 0.001}, {"amount": "5"}, {"amount": True}, {"amount": None},
        {"amount": 10**11 + 1}, {"amount": 1e300}, {"user_name": ""}, {"user_name": "x" * 101},
        {"user_name": "a\u202eb"}, {"user_name": 5}, {"user_name": {"$gt": ""}}, {"card_number": ""},
        {"card_number": "x" * 65}, {"card_number": "1;2"}, {"card_number": 1234567890}, {"more": 1},
    ],
)  # fmt: skip
def test_what_breaks_a_limit_is_malformed(
    client: FlaskClient, bank: FakeBank, route: str, change: dict[str, Any]
) -> None:
    response = client.post(f"/wallets/{route}", json={**MICHAEL, "amount": 5, **change})
    assert_problem(response, 400, "malformed")
    assert bank.entries == {}


@pytest.mark.parametrize("route", ["add", "deduct"])
@pytest.mark.parametrize("field", ["user_name", "card_number", "amount"])
def test_a_field_left_out_is_malformed_and_named(client: FlaskClient, route: str, field: str) -> None:
    body = {**MICHAEL, "amount": 5}
    del body[field]
    response = client.post(f"/wallets/{route}", json=body)
    assert_problem(response, 400, "malformed")
    assert field in response.get_json()["error"]


@pytest.mark.parametrize("route", ["/wallets/add", "/wallet/add", "/wallets/deduct", "/wallet/deduct"])
@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed"),
        (b'{"user_name": "M", "card_number": "1", "amount": 1, "amount": 2}', "application/json", 400, "malformed"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b'{"a": "' + b"x" * 20_000 + b'"}', "application/json", 413, "body_too_large"),
    ],
)
def test_a_body_that_is_none_is_refused(
    client: FlaskClient, route: str, data: bytes, content_type: str, status: int, code: str
) -> None:
    assert_problem(client.post(route, data=data, content_type=content_type), status, code)


def test_health_is_the_process_and_readiness_the_store(client: FlaskClient) -> None:
    assert client.get("/health").status_code == 200
    assert_problem(client.get("/health/ready"), 503, "unavailable")


def test_decisions_are_counted_by_the_size_of_their_list(client: FlaskClient) -> None:
    add(client, 5)
    deduct(client, 5)
    assert "decision_batch_size_count 2.0" in client.get("/metrics").text


def test_the_document_names_routes_key_and_every_answer(client: FlaskClient) -> None:
    document = client.get("/openapi/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    assert not [path for path in document["paths"] if path.startswith("/internal")]
    routes = {(path, method): operation for path in document["paths"] if path.startswith("/wallets")
              for method, operation in document["paths"][path].items()}  # fmt: skip
    assert {route: sorted(operation["responses"]) for route, operation in routes.items()} == {
        ("/wallets", "get"): ["200", "400", "503"],
        ("/wallets/add", "post"): ["201", "400", "409", "413", "415", "422", "503"],
        ("/wallets/deduct", "post"): ["200", "400", "402", "404", "413", "415", "422", "503"],
    }
    for path in ("/wallets/add", "/wallets/deduct"):
        assert [each["name"] for each in routes[path, "post"]["parameters"]] == ["Idempotency-Key"]


def test_no_card_number_and_no_body_is_logged(client: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    add(client, 5)
    deduct(client, 50)
    deduct(client, "50")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["outcome"] for each in lines if each["event"] == "decided"] == ["credited", "declined"]
    assert MICHAEL["card_number"] not in str(lines)
    assert MICHAEL["user_name"] not in str(lines)
