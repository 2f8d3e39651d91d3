"""README.md against the code: what a table repeats, it repeats rightly."""

import re
from pathlib import Path
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
from userservice.settings import Settings as UserSettings
from walletservice.settings import Settings as WalletSettings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
SETUP = "".join(each.read_text() for each in (ROOT / "setup.sh", *sorted((ROOT / "setup").glob("*.sh"))))
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


def chapter(title: str) -> str:
    found = re.search(rf"^### {re.escape(title)}$(.*?)^##", README, re.MULTILINE | re.DOTALL)
    assert found, title
    return found.group(1)


def table(text: str) -> list[list[str]]:
    """The cells of every row below a table's head."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if row[0].startswith("`")]


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


def test_the_commands_are_those_of_setup_sh() -> None:
    rows = re.findall(r'^  "([a-z ]+);', SETUP, re.MULTILINE)
    told = re.findall(r"\./setup\.sh ([^`#\n]+)", README + (ROOT / "CONTRIBUTING.md").read_text())
    assert [row for row in rows if not any(each.startswith(row) for each in told)] == []
    assert [each for each in told if not each.startswith((*rows, "-h"))] == []


def test_the_variables_are_those_that_local_mode_and_setup_sh_read() -> None:
    told = {row[0].strip("`"): row[1].strip("`") for row in table(README) if re.match(r"`[A-Z_]+`", row[0])}
    for service in SERVICES:
        assert told.pop(service.port_variable) == str(service.port)
    assert (told.pop("MONGO_PORT"), told.pop("POSTGRES_PORT")) == ("2717", "5432")
    assert told.pop("USERS_INTERNAL_PORT`, `PRODUCTS_INTERNAL_PORT`, …") == "5050 to 5054"
    assert {service.internal_port for service in SERVICES} == set(range(5050, 5055))
    settings = (ROOT / "local" / "settings.py").read_text()
    assert set(told) == set(re.findall(r'"(MONGOD|[A-Z]+_[A-Z]+)"', settings)) | {"PYTHON"}
    assert "${PYTHON:-}" in SETUP


def test_the_tiers_are_the_folders_of_tests() -> None:
    told = {row[0].strip("`") for row in table(README[README.index("| tier |") : README.index("## What is promised")])}
    folders = {each.parent.name for each in ROOT.glob("tests/*/**/test_*.py") if each.parent.parent.name == "tests"}
    named = re.search(r'^TIERS="(.*)"$', SETUP, re.MULTILINE)
    assert named
    assert told == set(named.group(1).split()) == folders | {"unit"}
