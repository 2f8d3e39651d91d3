"""productservice on a shelf in memory, its public port and its inner one."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis.service import Service
from productservice.app import create_app
from productservice.settings import Settings
from tests.documented import client_of
from tests.fakes.productservice import FakeProducts, FakeReservations, FakeStore

TOKEN = "a token of the tests"


@pytest.fixture
def settings() -> Settings:
    return Settings.read(
        mongo_uri="mongodb://127.0.0.1:1/eshop", internal_token=TOKEN, request_hash_key="a secret of the tests"
    )


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def service(settings: Settings, store: FakeStore) -> Service:
    return create_app(settings, FakeProducts(store), FakeReservations(store, recovery_after_seconds=0))


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return client_of(service)


@pytest.fixture
def add(client: FlaskClient) -> Callable[..., TestResponse]:
    """POST /products."""

    def post(product_name: str = "Mobile", quantity: int = 100, price: float = 850.9, **headers: str) -> TestResponse:
        body = {"product_name": product_name, "quantity": quantity, "price": price}
        return client.post("/products", json=body, headers=headers)

    return post


@pytest.fixture
def inner(client: FlaskClient) -> Callable[[str, Mapping[str, Any]], TestResponse]:
    """POST on the inner port, with the token."""

    def post(path: str, body: Mapping[str, Any]) -> TestResponse:
        authorization = {"Authorization": f"Bearer {TOKEN}"}
        return client.post(path, json=body, base_url="http://localhost:5050", headers=authorization)

    return post
