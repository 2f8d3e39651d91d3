"""README.md's tables of endpoints against what each service documents itself."""

import re
from typing import Any

import pytest
from pydantic import SecretStr

import orderservice.app
import paymentservice.app
import productservice.app
import userservice.app
import walletservice.app
from chassis.service import Service
from local.catalogue import SERVICES
from orderservice.settings import Settings as OrderSettings
from paymentservice.settings import Settings as PaymentSettings
from productservice.settings import Settings as ProductSettings
from tests.readme.tables import chapter, table
from userservice.settings import Settings as UserSettings
from walletservice.settings import Settings as WalletSettings

SECRET = SecretStr("a secret of the tests")
MONGO = SecretStr("mongodb://127.0.0.1:1/eshop")
EVERYWHERE = {"/health", "/health/ready"}


def application(name: str) -> Service:
    """The service as it would start; nothing is connected to."""
    url = "http://127.0.0.1:1"
    match name:
        case "userservice":
            return userservice.app.create_app(UserSettings(internal_token=SECRET, mongo_uri=MONGO))
        case "orderservice":
            return orderservice.app.create_app(OrderSettings(internal_token=SECRET, mongo_uri=MONGO))
        case "productservice":
            return productservice.app.create_app(
                ProductSettings(internal_token=SECRET, mongo_uri=MONGO, request_hash_key=SECRET)
            )
        case "walletservice":
            dsn = SecretStr("postgresql://127.0.0.1:1/walletdb")
            return walletservice.app.create_app(
                WalletSettings(internal_token=SECRET, postgres_dsn=dsn, request_hash_key=SECRET)
            )
    return paymentservice.app.create_app(
        PaymentSettings(
            internal_token=SECRET,
            request_hash_key=SECRET,
            users_url=url,
            products_url=url,
            wallets_url=url,
            orders_url=url,
            recovery_interval_seconds=0,
        )
    )


def documented(document: Any) -> set[tuple[str, str, frozenset[str]]]:
    """Path, method and parameters of every operation."""
    schemas = document["components"]["schemas"]
    found = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            fields = schemas[body["$ref"].rpartition("/")[2]]["properties"] if body else {}
            query = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
            found.add((path, method.upper(), frozenset([*fields, *query])))
    return {each for each in found if each[0] not in EVERYWHERE}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_table_of_a_service_is_its_openapi_document(service: Any) -> None:
    rows = table(chapter(f"{service.name}, port {service.port}"))
    told = {(path.strip("`"), method, frozenset(re.findall(r"`(\w+)`", names))) for path, method, names, _ in rows}
    app = application(service.name)
    app.config["TESTING"] = True
    assert told == documented(app.api_doc)
