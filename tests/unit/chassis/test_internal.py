"""The inner port: its operations answer there alone, and only to who shows the token."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis.bodies import INTERNAL_LIMIT, PUBLIC_LIMIT
from chassis.service import Service
from tests.unit.chassis.conftest import INTERNAL, TOKEN

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
