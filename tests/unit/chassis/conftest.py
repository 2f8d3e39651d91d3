"""A toy service, built on the chassis as a real one is, for what can only be seen through HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Response, g
from flask.testing import FlaskClient
from pydantic import Field

from chassis import deadlines
from chassis.answers import WITH_BODY, Page, answers, created, list_answers, listing
from chassis.errors import Refusal
from chassis.fields import Body, Cents, Id, Name, Price, View
from chassis.idempotency import DOCUMENTED, key_of_request
from chassis.internal import Command, tell
from chassis.service import Service
from chassis.settings import ServiceSettings
from tests.documented import client_of

TOKEN = "a token of the tests"
INTERNAL = "http://localhost:5050"

SECRET = "a secret of the inside"


class NewToy(Body):
    toy_name: Name
    price: Price


class Toy(View):
    id: str = Field(alias="_id")
    toy_name: str
    price: Cents


class ShelfPath(Body):
    shelf: Id


class Wish(Command):
    toy_name: str


class Wishes(Body):
    commands: list[Wish] = Field(min_length=1, max_length=2)


class StoreDown(Exception):
    pass


@pytest.fixture
def make_service() -> Callable[..., Service]:
    return toy_service


@pytest.fixture(scope="module")
def service() -> Service:
    return toy_service()


@pytest.fixture(scope="module")
def client(service: Service) -> FlaskClient:
    return client_of(service)


def toy_service(ready: Callable[[], object] = lambda: None, level: str = "INFO") -> Service:
    settings = ServiceSettings.read(internal_token=TOKEN, log_level=level)
    app = Service("toyservice", settings, ready=ready, is_outage=lambda error: isinstance(error, StoreDown))

    @app.post("/toys", responses=answers(201, Toy, *WITH_BODY))
    def create_toy(body: NewToy) -> tuple[dict[str, Any], int]:
        return created(Toy(id="1", toy_name=body.toy_name, price=body.price), message="Toy created successfully")

    @app.post("/kept", responses=answers(201, Toy, *WITH_BODY), openapi_extensions={"parameters": [DOCUMENTED]})
    def keep_toy(body: NewToy) -> tuple[dict[str, Any], int]:
        return created(Toy(id=key_of_request(), toy_name=body.toy_name, price=body.price), message="Kept")

    @app.get("/shelves/<shelf>", responses=list_answers(Toy))
    def list_shelf(path: ShelfPath, query: Page) -> Response:
        toys = [Toy(id=f"{number}/{path.shelf}", toy_name="Bear", price=850) for number in range(query.limit + 1)]
        return listing(toys[:3], query)

    @app.get("/patience", responses=answers(200, None))
    def tell_patience() -> dict[str, float]:
        return {"seconds": deadlines.remaining()}

    @app.get("/refused", responses=answers(200, None, 409))
    def refuse() -> None:
        g.problem_members = {"shelf": "top"}
        raise Refusal("No bears today.", toys_left=0)

    @app.get("/down", responses=answers(200, None))
    def be_down() -> None:
        raise StoreDown("mongodb://eshop:secret@10.0.0.1 does not answer")

    @app.get("/bug", responses=answers(200, None, 500))
    def fail() -> None:
        raise ZeroDivisionError(SECRET)

    @app.operation("/internal/toys/wish")
    def wish(body: Wishes) -> dict[str, Any]:
        for each in body.commands:
            tell("toys.wish", each, "granted", toy_name=each.toy_name)
        return {"answers": [{"reference": each.reference} for each in body.commands]}

    @app.operation("/internal/toys/lose")
    def lose(body: Wishes) -> dict[str, Any]:
        raise StoreDown(SECRET) if body.commands[0].toy_name == "store" else ZeroDivisionError(SECRET)

    app.answer_also("/toys", "/toy")
    app.answer_also("/shelves", "/shelf")
    return app
