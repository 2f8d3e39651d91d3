"""The inner port: its operations answer there alone, and only to who shows the token."""

from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis import deadlines
from chassis.bodies import INTERNAL_LIMIT, PUBLIC_LIMIT
from chassis.logs import REQUEST_ID
from chassis.problems import MEDIA_TYPE
from chassis.service import Service
from tests.unit.chassis.conftest import INTERNAL, SECRET, TOKEN, Wishes

WISH = {"reference": "toys:1", "request_id": "r-1", "toy_name": "Bear"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def wish(client: FlaskClient, *commands: object, headers: dict[str, str] = BEARER) -> TestResponse:
    return client.post("/internal/toys/wish", base_url=INTERNAL, json={"commands": commands}, headers=headers)


def test_with_the_token_the_inner_port_answers(client: FlaskClient) -> None:
    response = wish(client, WISH)
    assert response.status_code == 200
    assert response.json == {"answers": [{"reference": "toys:1"}]}


@pytest.mark.parametrize(
    "offered", [None, "", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"bearer {TOKEN}", "Bearer \xfc"]
)
def test_without_the_token_it_does_not(client: FlaskClient, offered: str | None) -> None:
    response = wish(client, WISH, headers={} if offered is None else {"Authorization": offered})
    assert response.status_code == 401
    assert response.json
    assert response.json["code"] == "unauthorized"
    assert TOKEN not in response.text


@pytest.mark.parametrize("path", ["/internal/toys/wish", "/%69nternal/toys/wish", "/internal/", "/internal/nothing"])
@pytest.mark.parametrize(
    "headers", [BEARER, {**BEARER, "Host": "localhost:5050"}, {**BEARER, "X-Forwarded-Port": "5050"}]
)
def test_the_public_port_knows_no_inner_operation(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    response = client.post(path, json={"commands": [WISH]}, headers=headers)
    assert response.status_code == 404
    assert response.json
    assert response.json["code"] == "not_found"


@pytest.mark.parametrize(
    "path", ["//internal/toys/wish", "/toys/../internal/toys/wish", "/INTERNAL/toys/wish", "/internal"]
)
def test_no_spelling_of_the_path_reaches_one(client: FlaskClient, path: str) -> None:
    response = client.post(path, json={"commands": [WISH]}, headers=BEARER, follow_redirects=True)
    assert response.status_code == 404


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/metrics", "/openapi/openapi.json", "/shelves/top", "/"])
def test_the_inner_port_knows_no_public_operation(client: FlaskClient, path: str) -> None:
    assert client.get(path, base_url=INTERNAL, headers=BEARER).status_code == 404


def test_the_document_names_no_inner_operation(service: Service) -> None:
    assert not [path for path in service.api_doc["paths"] if "internal" in path]


def test_the_inner_port_takes_larger_bodies_up_to_its_own_limit(client: FlaskClient) -> None:
    large = {**WISH, "toy_name": "x" * (INTERNAL_LIMIT - 200)}
    assert len(large["toy_name"]) > PUBLIC_LIMIT
    assert wish(client, large).status_code == 200
    assert wish(client, {**WISH, "toy_name": "x" * INTERNAL_LIMIT}).status_code == 413


@pytest.mark.parametrize(
    "command",
    [
        {**WISH, "reference": ""},
        {**WISH, "reference": "x" * 301},
        {**WISH, "request_id": "a b"},
        {**WISH, "request_id": "a\n"},
        {**WISH, "request_id": "x" * 65},
        {**WISH, "colour": "brown"},
        {"toy_name": "Bear"},
        7,
    ],
)
def test_a_command_without_reference_and_request_id_is_refused(client: FlaskClient, command: object) -> None:
    assert wish(client, command).status_code == 400


def test_a_list_has_a_length(client: FlaskClient) -> None:
    assert wish(client).status_code == 400
    assert wish(client, WISH, WISH, WISH).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "content_type", "status", "code"),
    [
        ("POST", "/internal/nothing", "application/json", 404, "not_found"),
        ("GET", "/internal/toys/wish", "application/json", 405, "method_not_allowed"),
        ("POST", "/internal/toys/wish", "text/plain", 415, "unsupported_media_type"),
        ("POST", "/internal/toys/wish", "application/json", 400, "malformed"),
    ],
)
def test_what_it_cannot_work_with_is_a_problem(
    client: FlaskClient, method: str, path: str, content_type: str, status: int, code: str
) -> None:
    headers = {**BEARER, REQUEST_ID: "r-9"}
    answer = client.open(path, method=method, base_url=INTERNAL, data="{", content_type=content_type, headers=headers)
    assert (answer.status_code, answer.content_type, answer.headers[REQUEST_ID]) == (status, MEDIA_TYPE, "r-9")
    assert answer.json
    assert (answer.json["code"], answer.json["status"], answer.json["request_id"]) == (code, status, "r-9")
    assert answer.headers.get("Allow") == ("POST" if status == 405 else None)


def test_an_outage_and_a_bug_there_tell_nothing_of_the_inside(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    for toy_name, status in (("store", 503), ("bug", 500)):
        body = {"commands": [{**WISH, "toy_name": toy_name}]}
        answer = client.post("/internal/toys/lose", base_url=INTERNAL, json=body, headers=BEARER)
        assert answer.status_code == status
        assert answer.headers.get("Retry-After") == ("1" if status == 503 else None)
        assert SECRET not in answer.text
    said = capsys.readouterr().out
    assert '"event":"store unavailable"' in said
    assert "ZeroDivisionError" in said
    assert SECRET not in said


def test_an_answer_that_is_no_json_is_a_bug(client: FlaskClient, service: Service) -> None:
    @service.operation("/internal/toys/odd")
    def answer_oddly(body: Wishes) -> dict[str, object]:
        return {"price": Decimal(1)}

    answer = client.post("/internal/toys/odd", base_url=INTERNAL, json={"commands": [WISH]}, headers=BEARER)
    assert (answer.status_code, answer.content_type) == (500, MEDIA_TYPE)


def test_without_the_token_nobody_learns_which_operations_there_are(client: FlaskClient) -> None:
    assert client.post("/internal/nothing", base_url=INTERNAL).status_code == 401


def test_its_requests_are_counted_by_operation(service: Service, client: FlaskClient) -> None:
    def answered(route: str, status: str) -> float:
        labels = {"method": "POST", "route": route, "status": status}
        return service.registry.get_sample_value("http_requests_total", labels) or 0

    before = answered("/internal/toys/wish", "200"), answered("unmatched", "404")
    wish(client, WISH)
    client.post("/internal/made/up", base_url=INTERNAL, headers=BEARER)
    assert (answered("/internal/toys/wish", "200"), answered("unmatched", "404")) == (before[0] + 1, before[1] + 1)


def test_it_waits_no_longer_than_its_caller(client: FlaskClient, service: Service) -> None:
    seen: list[float] = []

    @service.operation("/internal/toys/patience")
    def tell_patience(body: Wishes) -> dict[str, float]:
        seen.append(deadlines.remaining())
        return {}

    body = {"commands": [WISH]}
    headers = {**BEARER, deadlines.HEADER: "1500"}
    assert client.post("/internal/toys/patience", base_url=INTERNAL, json=body, headers=headers).status_code == 200
    assert 0 < seen[0] <= 1.5
