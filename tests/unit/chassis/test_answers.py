"""Answers: pages with their links, aliases, health, and the document."""

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient

from chassis.service import Service
from tests.documented import client_of

ELSEWHERE = re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//|url\(["']?(?:https?:)?//|@import""", re.I)


def test_the_last_page_has_no_link(client: FlaskClient) -> None:
    response = client.get("/shelves/top?limit=3")
    assert response.status_code == 200
    assert response.json
    assert len(response.json) == 3
    assert "Link" not in response.headers


def test_a_page_with_more_behind_it_links_to_the_next(client: FlaskClient) -> None:
    response = client.get("/shelves/top?limit=2")
    assert response.status_code == 200
    assert response.json
    assert [each["_id"] for each in response.json] == ["0/top", "1/top"]
    assert response.headers["Link"] == '</shelves/top?limit=2&after=1/top>; rel="next"'


@pytest.mark.parametrize("shelf", ["a b", "a\nb", "a>b", "a&b?c#d", "\u00fc\N{TEDDY BEAR}", "%2e"])
def test_a_link_is_plain_ascii_whatever_the_path_holds(client: FlaskClient, shelf: str) -> None:
    quoted = "".join(f"%{byte:02X}" for byte in shelf.encode())
    response = client.get(f"/shelves/{quoted}?limit=1")
    assert response.status_code == 200
    link = response.headers["Link"]
    assert re.fullmatch(r'<[!-~]+>; rel="next"', link)
    path, _, query = link.removeprefix("<").removesuffix('>; rel="next"').partition("?")
    assert unquote(path) == f"/shelves/{shelf}"
    assert unquote(query) == f"limit=1&after=0/{shelf}"


def test_an_alias_answers_as_the_path_it_stands_for(client: FlaskClient) -> None:
    assert client.post("/toy", json={"toy_name": "Bear", "price": 8.5}).status_code == 201
    assert client.get("/shelf/top").json == client.get("/shelves/top").json
    assert client.get("/toy").status_code == 405


def test_a_service_is_alive_without_its_store(make_service: Callable[..., Service]) -> None:
    def down() -> None:
        raise ConnectionError("10.0.0.1 does not answer")

    client = client_of(make_service(ready=down))
    assert client.get("/health").status_code == 200
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.json
    assert response.json["code"] == "unavailable"
    assert "10.0.0.1" not in response.text


def test_a_service_is_ready_with_its_store(client: FlaskClient) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json == {"status": "ready"}


def test_every_problem_is_documented_under_its_own_media_type(service: Service) -> None:
    for path in service.api_doc["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"]


def test_no_operation_documents_a_400_or_422_it_cannot_give(service: Service) -> None:
    paths = service.api_doc["paths"]
    assert "400" not in paths["/health"]["get"]["responses"]
    assert "422" not in paths["/toys"]["post"]["responses"]


@pytest.mark.parametrize("page", ["/openapi/", "/openapi/swagger"])
def test_the_pages_of_the_document_name_no_other_host(client: FlaskClient, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert not ELSEWHERE.search(response.text)


def test_what_the_pages_need_is_served_here(client: FlaskClient) -> None:
    page = client.get("/openapi/swagger").text
    needed = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(needed) >= 3
    for each in needed:
        with client.get(f"/openapi/{each}") as asset:
            assert asset.status_code == 200


def test_the_document_is_not_sent_to_a_validator_elsewhere(client: FlaskClient) -> None:
    assert '"validatorUrl":null' in client.get("/openapi/swagger").text.replace('\\"', '"')
