"""userservice through HTTP: every route, and everything it refuses."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.documented import client_of
from tests.fakes.mongodb import fake_database, ticking
from userservice.app import create_app
from userservice.repository import MongoUsers
from userservice.settings import Settings

JOHN = {"user_name": "John", "email": "john@example.com", "card_number": "1234567890"}
INTERNAL = "http://localhost:5050"
TOKEN = "a token of the tests"


@pytest.fixture
def client() -> FlaskClient:
    settings = Settings.read(mongo_uri="mongodb://127.0.0.1:1/eshop", internal_token=TOKEN)
    return client_of(create_app(settings, MongoUsers(fake_database(), now=ticking())))


def create(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    response = client.post("/users", json={**JOHN, **changes})
    assert response.status_code == 201
    assert response.json
    return {name: value for name, value in response.json.items() if name != "message"}


def ask(client: FlaskClient, *commands: object, token: str = TOKEN) -> Any:
    return client.post(
        "/internal/users/find",
        base_url=INTERNAL,
        json={"commands": commands},
        headers={"Authorization": f"Bearer {token}"},
    )


def test_a_user_is_created(client: FlaskClient) -> None:
    response = client.post("/users", json=JOHN)
    assert response.status_code == 201
    assert response.json
    assert response.json == {"_id": response.json["_id"], **JOHN, "message": "User created successfully"}
    assert isinstance(response.json["_id"], str)


def test_a_user_can_be_got(client: FlaskClient) -> None:
    john = create(client)
    response = client.get(f"/users/{john['_id']}")
    assert response.status_code == 200
    assert response.json == john


def test_an_unknown_user_is_404(client: FlaskClient) -> None:
    for response in (client.get("/users/user123"), client.patch("/users/user123", json={"user_name": "Mike"})):
        assert response.status_code == 404
        assert response.json
        assert response.json["code"] == "user_not_found"


def test_an_id_of_impossible_length_is_400(client: FlaskClient) -> None:
    response = client.get("/users/" + "x" * 101)
    assert response.status_code == 400
    assert response.json
    assert response.json["field"] == "user_id"


def test_a_name_is_stored_composed(client: FlaskClient) -> None:
    assert create(client, user_name="Zoe\u0308")["user_name"] == "Zo\u00eb"


@pytest.mark.parametrize("email", ["john@example.com", "JOHN@Example.com"])
def test_an_address_belongs_to_one_user(client: FlaskClient, email: str) -> None:
    create(client)
    response = client.post("/users", json={**JOHN, "user_name": "Johnny", "email": email})
    assert response.status_code == 409
    assert response.json
    assert response.json["code"] == "email_taken"


@pytest.mark.parametrize("field", ["user_name", "email", "card_number"])
@pytest.mark.parametrize("value", [None, 7, True, "", [], {}, {"$ne": None}, "x" * 300, "\x00"])
def test_a_wrong_field_is_400_and_named(client: FlaskClient, field: str, value: object) -> None:
    response = client.post("/users", json={**JOHN, field: value})
    assert response.status_code == 400
    assert response.json
    assert response.json["code"] == "malformed"
    assert response.json["field"] == field


@pytest.mark.parametrize("field", ["user_name", "email", "card_number"])
def test_a_field_left_out_is_400(client: FlaskClient, field: str) -> None:
    response = client.post("/users", json={name: value for name, value in JOHN.items() if name != field})
    assert response.status_code == 400
    assert response.json
    assert response.json["error"] == f"{field}: must be given."


@pytest.mark.parametrize("extra", ["_id", "message", "$set", "email_key", "created_at", "a.b"])
def test_a_field_too_many_is_400(client: FlaskClient, extra: str) -> None:
    john = create(client)
    for response in (
        client.post("/users", json={**JOHN, extra: "x"}),
        client.patch(f"/users/{john['_id']}", json={"user_name": "Mike", extra: "x"}),
    ):
        assert response.status_code == 400
        assert response.json
        assert response.json["field"] == extra


@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_body_that_is_none_is_refused(client: FlaskClient, method: str) -> None:
    path = "/users" if method == "post" else f"/users/{create(client)['_id']}"
    send = getattr(client, method)
    assert send(path, data=b"{", content_type="application/json").status_code == 400
    assert send(path, data=b"{}", content_type="text/plain").status_code == 415
    assert send(path, data=b"{" + b" " * 17000 + b"}", content_type="application/json").status_code == 413


@pytest.mark.parametrize(
    "changes",
    [{"user_name": "Mike"}, {"email": "mike@example.com"}, {"card_number": "99"}, {**JOHN, "card_number": "98"}],
)
def test_a_profile_is_updated(client: FlaskClient, changes: dict[str, str]) -> None:
    john = create(client)
    response = client.patch(f"/users/{john['_id']}", json=changes)
    assert response.status_code == 200
    assert response.json == {**john, **changes}
    assert client.get(f"/users/{john['_id']}").json == {**john, **changes}


def test_an_update_of_nothing_is_400(client: FlaskClient) -> None:
    response = client.patch(f"/users/{create(client)['_id']}", json={})
    assert response.status_code == 400
    assert response.json
    assert response.json["error"] == "body: send at least one of user_name, email, card_number."


def test_an_update_to_anothers_address_is_409(client: FlaskClient) -> None:
    create(client, email="anna@example.com")
    response = client.patch(f"/users/{create(client)['_id']}", json={"email": "Anna@example.com"})
    assert response.status_code == 409
    assert response.json
    assert response.json["code"] == "email_taken"


def test_without_users_the_list_is_empty(client: FlaskClient) -> None:
    response = client.get("/users")
    assert response.status_code == 200
    assert response.json == []
    assert "Link" not in response.headers


def test_a_list_is_read_page_by_page_along_its_links(client: FlaskClient) -> None:
    created = [create(client, email=f"{number}@example.com") for number in range(5)]
    path, pages = "/users?limit=2", []
    while path:
        response = client.get(path)
        assert response.status_code == 200
        pages.append(response.json)
        path = response.headers.get("Link", "").partition(">")[0].removeprefix("<")
    assert [len(page or []) for page in pages] == [2, 2, 1]
    assert sum((page or [] for page in pages), []) == created[::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=nobody", "after="])
def test_a_wrong_page_is_400(client: FlaskClient, query: str) -> None:
    create(client)
    response = client.get(f"/users?{query}")
    assert response.status_code == 400
    assert response.json
    assert response.json["error"].startswith(query.partition("=")[0] + ": ")


def test_services_ask_whether_an_id_and_a_name_belong_together(client: FlaskClient) -> None:
    john = create(client)
    known = {"reference": "a", "request_id": "r-1", "user_id": john["_id"], "user_name": "John"}
    response = ask(
        client,
        known,
        {**known, "reference": "b", "user_name": "john"},
        {**known, "reference": "c", "user_id": "nobody"},
    )
    assert response.status_code == 200
    assert response.json == {
        "answers": [
            {"reference": "a", "known": True},
            {"reference": "b", "known": False},
            {"reference": "c", "known": False},
        ]
    }


def test_services_need_the_token_and_a_list_of_1_to_64(client: FlaskClient) -> None:
    command = {"reference": "a", "request_id": "r-1", "user_id": "x", "user_name": "John"}
    assert ask(client, command, token="another").status_code == 401
    assert ask(client).status_code == 400
    assert ask(client, *[command] * 64).status_code == 200
    assert ask(client, *[command] * 65).status_code == 400


def test_a_database_that_is_away_is_503_and_the_process_is_alive() -> None:
    settings = Settings.read(mongo_uri="mongodb://127.0.0.1:1/eshop?serverSelectionTimeoutMS=50", internal_token=TOKEN)
    client = client_of(create_app(settings))
    assert client.get("/health").status_code == 200
    for response in (client.get("/health/ready"), client.get("/users"), client.post("/users", json=JOHN)):
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "1"
        assert response.json
        assert response.json["code"] == "unavailable"
