"""Problem answers: what a client reads when something went wrong, and what it never reads."""

import pytest
from flask.testing import FlaskClient

from chassis.logs import REQUEST_ID
from chassis.problems import MEDIA_TYPE

BEAR = {"toy_name": "Bear", "price": 8.5}


def test_a_refusal_is_told_with_its_code_and_members(client: FlaskClient) -> None:
    response = client.get("/refused", headers={REQUEST_ID: "r-1"})
    assert response.status_code == 409
    assert response.content_type == MEDIA_TYPE
    assert response.json == {
        "error": "No bears today.",
        "code": "refused",
        "status": 409,
        "request_id": "r-1",
        "shelf": "top",
        "toys_left": 0,
    }


def test_a_bug_tells_the_client_nothing_of_the_inside(client: FlaskClient) -> None:
    response = client.get("/bug")
    assert response.status_code == 500
    assert response.content_type == MEDIA_TYPE
    assert response.json
    assert response.json["code"] == "internal_error"
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    assert "ZeroDivisionError" not in response.text


def test_an_outage_of_the_store_is_503_and_says_when_to_come_back(client: FlaskClient) -> None:
    response = client.get("/down")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert response.json
    assert response.json["code"] == "unavailable"
    assert "mongodb" not in response.text


def test_an_unknown_path_is_404(client: FlaskClient) -> None:
    response = client.get("/nothing")
    assert response.status_code == 404
    assert response.content_type == MEDIA_TYPE
    assert response.json
    assert response.json["code"] == "not_found"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_wrong_method_is_405_and_names_the_right_ones(client: FlaskClient, method: str) -> None:
    response = client.open("/toys", method=method)
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert response.content_type == MEDIA_TYPE
    assert response.json
    assert response.json["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"price": 8.5}, "toy_name: must be given."),
        ({**BEAR, "colour": "brown"}, "colour: is not known here, leave it out."),
        ({**BEAR, "price": 8.555}, "price: must have at most two decimals."),
        ({**BEAR, "price": 0}, "price: must be positive."),
        ({**BEAR, "price": 1_000_000.01}, "price: must be at most 1000000."),
        ({**BEAR, "toy_name": ""}, "toy_name: must have 1 to 100 characters."),
        ({**BEAR, "toy_name": 7}, "toy_name: input should be a valid string."),
    ],
)
def test_a_wrong_field_is_named_and_told_what_it_must_be(client: FlaskClient, body: object, error: str) -> None:
    response = client.post("/toys", json=body)
    assert response.status_code == 400
    assert response.content_type == MEDIA_TYPE
    assert response.json
    assert response.json["code"] == "malformed"
    assert response.json["error"] == error
    assert response.json["field"] == error.partition(":")[0]


def test_a_wrong_field_is_not_repeated(client: FlaskClient) -> None:
    response = client.post("/toys", json={**BEAR, "price": "4111-1111"})
    assert response.status_code == 400
    assert "4111" not in response.text


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=-1", "limit=ten", "limit=", "after=" + "x" * 101])
def test_a_wrong_query_is_400(client: FlaskClient, query: str) -> None:
    response = client.get(f"/shelves/top?{query}")
    assert response.status_code == 400
    assert response.json
    assert response.json["field"] == query.partition("=")[0]
