"""values.yaml and its schema: all that stands in one stands in the other, and what is mistyped is refused by name."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from pydantic_settings import BaseSettings

from chassis.limits import Limits
from local.catalogue import SERVICE_NAMES
from tests.architecture.manifests import ROOT
from tests.architecture.test_containers import SETTINGS
from tests.helm.charts import Charts, Refused, Values
from tests.pods import BANK, HALVES, NAMESPACES, SHOP

Path = tuple[str, ...]  # the keys that lead to a value
OF_HELM = {"common", "about", "global"}  # what the schema must let pass beside the values: Helm puts it there
ADDRESSES = {"users_url", "products_url", "orders_url", "wallets_url"}  # which NetworkPolicies know, too
SECRET_SETTINGS = {"mongo_uri", "postgres_dsn", "internal_token", "request_hash_key"}
OPTIONAL = {"ephemeral-storage"}  # what Kubernetes has a default for
FIXED = {"internal_port", "publish_address"}  # the charts have one port, and no address


def values_of(half: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "helm" / half / "values.yaml").read_text()))


def schema_of(half: str) -> dict[str, Any]:
    return dict(json.loads((ROOT / "helm" / half / "values.schema.json").read_text()))


def leaves(node: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all that can be set."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    else:
        yield path


def allowed(schema: Mapping[str, Any], node: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    """The paths of all that a schema knows."""
    if "$ref" in node:
        node = schema["definitions"][node["$ref"].split("/")[-1]]
    if "properties" not in node:
        yield path
    for key, value in node.get("properties", {}).items():
        yield from allowed(schema, value, (*path, key))


def changed(half: str, path: Path, value: Any) -> Values:
    """The values as they are, but for one."""
    values = values_of(half)
    node = values
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return values


def every_leaf() -> list[tuple[str, Path]]:
    return [(half, path) for half in HALVES for path in leaves(values_of(half))]


@pytest.mark.parametrize("half", HALVES)
def test_the_schema_knows_just_what_can_be_set(half: str) -> None:
    schema = schema_of(half)
    known = {path for path in allowed(schema, schema) if path[-1] not in OF_HELM}
    optional = {path for path in known if path[-1] in OPTIONAL}
    assert known - optional == set(leaves(values_of(half)))


@pytest.mark.parametrize("half", HALVES)
def test_nothing_that_the_schema_does_not_know_is_let_pass_anywhere(half: str) -> None:
    def objects(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if node.get("type") == "object" and "properties" in node:
                yield node
            for value in node.values():
                yield from objects(value)

    assert all(each["additionalProperties"] is False for each in objects(schema_of(half)))


def test_what_both_schemas_define_they_define_alike() -> None:
    shop, bank = (schema_of(half)["definitions"] for half in HALVES)
    assert {name for name in shop.keys() & bank.keys() if shop[name] != bank[name]} == set()
    assert len(shop.keys() & bank.keys()) >= 15


every_key = pytest.mark.parametrize(
    ("half", "path"), every_leaf(), ids=lambda each: each if isinstance(each, str) else ".".join(each)
)


def complaints(half: str, values: Values) -> list[str]:
    return [each.message for each in Draft7Validator(schema_of(half)).iter_errors(values)]


@pytest.mark.parametrize("half", HALVES)
def test_what_holds_when_nothing_is_said_is_allowed(half: str) -> None:
    assert complaints(half, values_of(half)) == []


@every_key
def test_a_mistyped_key_is_refused_by_its_name(half: str, path: Path) -> None:
    mistyped = f"{path[-1]}z"
    [complaint] = complaints(half, changed(half, (*path[:-1], mistyped), "x"))
    assert f"'{mistyped}' was unexpected" in complaint


@every_key
def test_a_wrong_type_is_refused(half: str, path: Path) -> None:
    wrong: dict[type, Any] = {str: ["x"], int: "many", float: "many", bool: "yes", list: "x"}
    value = values_of(half)
    for key in path:
        value = value[key]
    assert complaints(half, changed(half, path, wrong[type(value)]))
    assert complaints(half, changed(half, path, {"x": "y"}))


# Either half's where both have it: what both define, they define alike.
OUT_OF_BOUNDS: list[tuple[str, str, Any]] = [
    (SHOP, "mongodb.cacheGB", 0.1),
    (SHOP, "mongodb.image.tag", 8.0),
    (SHOP, "mongodb.image.repository", "mongo:8.0"),
    (SHOP, "global.externalMongodb.uri", "host/eshop"),
    (SHOP, "global.externalMongodb.ports", [65536]),
    (SHOP, "global.externalMongodb.cidrs", ["10.0.0.1"]),
    (SHOP, "global.images.registry", "registry.example.com/"),
    (SHOP, "global.images.pullPolicy", "Sometimes"),
    (SHOP, "global.secrets.mongodb.existing", "My Secret"),
    (SHOP, "global.secrets.paymentservice.data.internal-token", "x" * 15),
    (SHOP, "tls.certificate", "eshop.crt"),
    (SHOP, "tls.key", "eshop.key"),
    (SHOP, "userservice.replicas", 0),
    (SHOP, "userservice.resources.limits.memory", "1Gib"),
    (BANK, "global.externalPostgresql.host", "db:5432"),
    (BANK, "global.externalPostgresql.options", "a b"),
]


@pytest.mark.parametrize(("half", "name", "value"), OUT_OF_BOUNDS, ids=lambda each: str(each))
def test_what_is_out_of_bounds_is_refused(half: str, name: str, value: Any) -> None:
    [complaint] = Draft7Validator(schema_of(half)).iter_errors(changed(half, tuple(name.split(".")), value))
    assert ".".join(str(each) for each in complaint.absolute_path).startswith(name)


@pytest.mark.parametrize("half", HALVES)
def test_each_of_a_choice_may_be_chosen(half: str) -> None:
    for policy in ("Always", "IfNotPresent", "Never"):
        assert complaints(half, changed(half, ("global", "images", "pullPolicy"), policy)) == []
    [service, *_] = [each for each in SERVICE_NAMES if NAMESPACES[each] == half]
    for level in ("DEBUG", "INFO", "WARNING", "ERROR"):
        assert complaints(half, changed(half, (service, "config", "LOG_LEVEL"), level)) == []


CERTIFICATE, KEY = "-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----"
WRONG: dict[str, tuple[str, Values, str]] = {
    "a mistyped key": (SHOP, {"userservice": {"replica": 2}}, "replica"),
    "a mistyped key of a kind": (BANK, {"postgresql": {"storage": {"class": "fast"}}}, "class"),
    "a service of the other half": (BANK, {"userservice": {"replicas": 2}}, "userservice"),
    "a text for a number": (SHOP, {"userservice": {"replicas": "two"}}, "userservice.*replicas"),
    "a text for yes or no": (SHOP, {"mongodb": {"enabled": "no"}}, "mongodb.*enabled"),
    "two members, of which none is a majority": (SHOP, {"mongodb": {"replicas": 2}}, "mongodb.*replicas"),
    "a variable that no service reads": (SHOP, {"userservice": {"config": {"LOGLEVEL": "INFO"}}}, "LOGLEVEL"),
    "a level that is none": (BANK, {"walletservice": {"config": {"LOG_LEVEL": "LOUD"}}}, "LOG_LEVEL"),
    "a password that would break an address": (
        BANK,
        {"global": {"secrets": {"postgresql": {"data": {"app-password": "a@b"}}}}},
        "app-password",
    ),
    "a key that is too short": (
        SHOP,
        {"global": {"secrets": {"paymentservice": {"data": {"internal-token": "short"}}}}},
        "internal-token",
    ),
    "no time at all": (SHOP, {"productservice": {"config": {"RECOVERY_AFTER_SECONDS": 0}}}, "RECOVERY_AFTER_SECONDS"),
    "no tag": (SHOP, {"userservice": {"image": {"tag": "1.0 # x"}}}, "tag"),
    "nothing where something must be": (SHOP, {"global": {"namespaces": {"gate": None}}}, "gate"),
    "no domain": (SHOP, {"global": {"domain": "https://eshop.com"}}, "domain"),
    "no amount": (SHOP, {"userservice": {"resources": {"limits": {"memory": "much"}}}}, "memory"),
    "two databases": (SHOP, {"global": {"externalMongodb": {"existing": "mine"}}}, "mongodb.enabled=false"),
    "no database": (SHOP, {"mongodb": {"enabled": False}}, "global.externalMongodb says where there is one"),
    "two databases of the bank": (BANK, {"global": {"externalPostgresql": {"host": "db"}}}, "postgresql.enabled=false"),
    "no database of the bank": (BANK, {"postgresql": {"enabled": False}}, "global.externalPostgresql says where"),
    "a database without passwords": (
        BANK,
        {"postgresql": {"enabled": False}, "global": {"externalPostgresql": {"host": "db"}}},
        "ownerPassword and appPassword",
    ),
    "a database with one password of two": (
        BANK,
        {"postgresql": {"enabled": False}, "global": {"externalPostgresql": {"host": "db", "appPassword": "one"}}},
        "ownerPassword and appPassword",
    ),
    "a key without its certificate": (BANK, {"tls": {"key": "-----BEGIN PRIVATE KEY-----"}}, "both, or neither"),
    "a certificate without its key": (
        SHOP,
        {"tls": {"certificate": "-----BEGIN CERTIFICATE-----"}},
        "both, or neither",
    ),
    "more at least than at most": (
        SHOP,
        {"userservice": {"autoscaling": {"minReplicas": 5}}},
        "userservice.autoscaling: minReplicas is more",
    ),
    "words for a Secret of one's own": (
        BANK,
        {"global": {"secrets": {"postgresql": {"existing": "mine", "data": {"app-password": "a"}}}}},
        "global.secrets.postgresql: `existing`, or words",
    ),
    "an address and its Secret": (
        SHOP,
        {"mongodb": {"enabled": False}, "global": {"externalMongodb": {"existing": "mine", "uri": "mongodb://a/b"}}},
        "global.externalMongodb: `existing`, or the address",
    ),
    "two certificates": (
        BANK,
        {
            "tls": {
                "existing": "mine",
                "certificate": "-----BEGIN CERTIFICATE-----",
                "key": "-----BEGIN PRIVATE KEY-----",
            }
        },
        "one of them",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_helm_refuses(charts: Charts, wrong: str) -> None:
    half, values, named = WRONG[wrong]
    with pytest.raises(Refused, match=f"(?s){named}"):
        charts.render(half, values)


@pytest.mark.parametrize("setting", ["mongodb.cacheGB=0.25", "productservice.config.RECOVERY_AFTER_SECONDS=9.5"])
def test_a_fraction_that_helm_takes_for_a_text_is_taken(charts: Charts, setting: str) -> None:
    assert setting.split("=")[1] in charts.run("template", str(charts.folder / "helm" / SHOP), "--set", setting)


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_the_settings_that_can_be_set_are_those_that_the_service_reads(service: str) -> None:
    schema = schema_of(NAMESPACES[service])
    known = {name.lower() for name in schema["properties"][service]["properties"]["config"]["properties"]}
    settings: type[BaseSettings] = SETTINGS[service]
    read = set(settings.model_fields) | set(Limits.model_fields)
    assert known == read - SECRET_SETTINGS - FIXED - ADDRESSES
