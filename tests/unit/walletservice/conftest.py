"""walletservice over a bank in memory, spoken to as its two kinds of callers speak to it."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from chassis.service import Service
from tests.fakes.walletservice import FakeBank
from walletservice.app import create_app
from walletservice.settings import Settings

TOKEN = "0123456789abcdef"


class Payments:
    """paymentservice as walletservice sees it: on the inner port, with the token."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def post(self, path: str, *commands: dict[str, Any], **changed: Any) -> TestResponse:
        request: dict[str, Any] = {
            "json": {"commands": list(commands)},
            "base_url": "http://localhost:5050",
            "headers": {"Authorization": f"Bearer {TOKEN}"},
        }
        return self._client.post(path, **{**request, **changed})

    def ask(self, path: str, *commands: dict[str, Any]) -> list[dict[str, Any]]:
        """The answers to commands that each get a request id."""
        response = self.post(path, *({"request_id": "r-1", **each} for each in commands))
        assert response.status_code == 200, response.json
        answers: list[dict[str, Any]] = response.get_json()["answers"]
        return answers


@pytest.fixture
def bank() -> FakeBank:
    return FakeBank()


@pytest.fixture
def app(bank: FakeBank) -> Service:
    settings = Settings(
        internal_token=SecretStr(TOKEN),
        postgres_dsn=SecretStr("postgresql://wallet_app:secret@127.0.0.1:1/walletdb"),
        request_hash_key=SecretStr("fedcba9876543210"),
    )
    return create_app(settings, wallets=bank, ledger=bank)


@pytest.fixture
def client(app: Service) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def payments(client: FlaskClient) -> Payments:
    return Payments(client)
