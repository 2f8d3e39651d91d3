"""Overload: whoever comes on top is told so at once, by name, and when to come again."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis.answers import answers
from chassis.errors import Overloaded
from chassis.fields import Body
from chassis.idempotency import HEADER as KEY
from chassis.service import Service
from chassis.settings import ServiceSettings
from tests.documented import client_of
from tests.unit.chassis.conftest import INTERNAL, TOKEN

PATIENCE = 5.0  # seconds; reached only by a test that fails
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Crowded:
    """A service with one place, and who takes it for as long as a test wants."""

    def __init__(self) -> None:
        self.begun, self.end = threading.Event(), threading.Event()
        settings = ServiceSettings.read(internal_token=TOKEN, max_requests=1)
        app = Service("crowded", settings, known_of=lambda asked: {"path": asked.path, KEY: "k"})

        @app.get("/slow", responses=answers(200, None))
        def slow() -> dict[str, str]:
            self.begun.set()
            assert self.end.wait(PATIENCE)
            return {}

        @app.get("/quick", responses=answers(200, None))
        def quick() -> dict[str, str]:
            return {}

        @app.operation("/internal/toys")
        def inner(body: Body) -> dict[str, str]:
            return {}

        self.client: FlaskClient = client_of(app)

    @contextmanager
    def taken(self) -> Iterator[Future[Any]]:
        """While its one place is taken."""
        with ThreadPoolExecutor(1) as other:
            answer = other.submit(self.client.application.test_client().get, "/slow")
            try:
                assert self.begun.wait(PATIENCE)
                yield answer
            finally:
                self.end.set()


@pytest.fixture
def crowded() -> Crowded:
    return Crowded()


def assert_sent_away(response: TestResponse) -> None:
    assert response.status_code == 503
    assert response.json
    assert response.json["code"] == Overloaded.code
    assert response.content_type == "application/problem+json"
    assert response.json["path"] == response.request.path
    assert response.json["request_id"] == response.headers["X-Request-ID"]
    assert (response.headers["Retry-After"], response.headers[KEY]) == ("1", "k")


@pytest.mark.parametrize("path", ["/slow", "/quick", "/nothing", "/openapi/openapi.json"])
def test_whoever_comes_on_top_is_sent_away(crowded: Crowded, path: str) -> None:
    with crowded.taken():
        assert_sent_away(crowded.client.get(path))


def test_those_that_are_here_are_served_and_leave_their_place(crowded: Crowded) -> None:
    with crowded.taken() as answer:
        assert_sent_away(crowded.client.get("/quick"))
    assert answer.result().status_code == 200
    for _ in range(3):
        assert crowded.client.get("/quick").status_code == 200


def test_who_is_refused_or_finds_nothing_leaves_its_place_too(crowded: Crowded) -> None:
    for _ in range(3):
        assert crowded.client.get("/nothing").status_code == 404
        assert crowded.client.post("/quick").status_code == 405


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/metrics"])
def test_who_watches_the_service_is_never_too_many(crowded: Crowded, path: str) -> None:
    with crowded.taken():
        assert crowded.client.get(path).status_code == 200


def test_nor_is_another_service(crowded: Crowded) -> None:
    with crowded.taken():
        assert crowded.client.post("/internal/toys", base_url=INTERNAL, json={}, headers=BEARER).status_code == 200


def test_who_was_sent_away_is_counted_and_told_to_the_log_now_and_then(
    crowded: Crowded, capsys: pytest.CaptureFixture[str]
) -> None:
    with crowded.taken():
        for number in ("first", "second", "third", "fourth", "fifth"):
            crowded.client.get("/quick", headers={"X-Request-ID": number})
        assert "requests_turned_away_total 5.0" in crowded.client.get("/metrics").text
    [line] = [each for each in map(json.loads, capsys.readouterr().out.splitlines()) if each["event"] == "overloaded"]
    assert (line["service"], line["request_id"]) == ("crowded", "first")
