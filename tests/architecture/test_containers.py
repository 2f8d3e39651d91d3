"""docker-compose.yaml, and what starts the databases in it, against the code: what they repeat, they repeat rightly."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

import orderservice.settings
import paymentservice.settings
import productservice.settings
import userservice.settings
import walletservice.settings
from chassis.limits import Limits
from chassis.settings import DEVELOPMENT
from local.catalogue import DATABASES, MONGO_PORT, POSTGRES_PORT, SERVICES
from local.layout import Layout
from local.mongodb import MongoDB
from local.ports import Ports
from local.postgres_account import Account
from local.postgresql import APPLICATION, BUILTIN_LOCALE, DATABASE, OWNER, PostgreSQL
from local.servers import MongoServer, PostgresServer
from tests.compose import CREDENTIALS, PORT_VARIABLES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
SETTINGS: dict[str, type[BaseSettings]] = {
    "userservice": userservice.settings.Settings,
    "productservice": productservice.settings.Settings,
    "paymentservice": paymentservice.settings.Settings,
    "walletservice": walletservice.settings.Settings,
    "orderservice": orderservice.settings.Settings,
    "walletschema": walletservice.settings.SchemaSettings,
}
OF_LIBRARIES = {"GLIBC_TUNABLES", "PGHOST"}  # read by PostgreSQL's own client
OF_MANY_MEMBERS = {"MONGO_MEMBER_KEY"}  # which Kubernetes may run; a single one makes its own key


def fields_of(name: str) -> dict[str, FieldInfo]:
    """By its name, what a container may be given: of a service also what its gunicorn reads."""
    limits = Limits.model_fields if name != "walletschema" else {}
    return {field.upper(): each for field, each in {**SETTINGS[name].model_fields, **limits}.items()}


def script(name: str) -> str:
    return (ROOT / name).read_text()


def defaults() -> dict[str, str]:
    """Every variable and what it is where nobody sets it; one that has two defaults would be wrong in one place."""
    found = re.findall(r"\$\{(\w+):-(.*?)\}", re.sub(r"^ *#.*$", "", TEXT, flags=re.MULTILINE))
    assert len(set(found)) == len(dict(found)), found
    return dict(found)


def test_the_containers_are_the_programs_of_the_shop_and_the_one_that_applies_the_schema() -> None:
    assert set(CONTAINERS) == {*SETTINGS, *DATABASES}
    for service in SERVICES:
        container = CONTAINERS[service.name]
        assert container["image"] == service.name
        assert container["build"] == {"context": ".", "dockerfile": f"{service.name}/Dockerfile"}
    assert CONTAINERS["walletschema"]["image"] == "walletservice"


def test_every_port_is_the_usual_one_and_moved_by_the_variable_that_moves_it_elsewhere() -> None:
    usual = {service.port_variable: str(service.port) for service in SERVICES}
    usual |= {MONGO_PORT: "2717", POSTGRES_PORT: "5432"}
    assert {name: default for name, default in defaults().items() if name.endswith("_PORT")} == usual
    assert set(PORT_VARIABLES) == set(usual)
    for service in SERVICES:
        [port] = CONTAINERS[service.name]["ports"]
        assert f"${{{service.port_variable}:-" in port


@pytest.mark.parametrize("name", SETTINGS)
def test_a_container_is_given_what_its_settings_read_and_all_that_they_need(name: str) -> None:
    fields = fields_of(name)
    given = set(CONTAINERS[name]["environment"])
    assert given <= set(fields)
    assert {field for field, each in fields.items() if each.is_required()} <= given
    assert "PUBLISH_ADDRESS" in given, "without it the known credentials are never refused"


@pytest.mark.parametrize("name", DATABASES)
def test_a_database_is_given_what_its_scripts_read(name: str) -> None:
    scripts = "".join(each.read_text() for each in (ROOT / name).iterdir() if each.is_file())
    given = set(CONTAINERS[name]["environment"])
    read = set(re.findall(r"(?:\$\{?|getenv \w+ |\{ |, )([A-Z]+(?:_[A-Z]+)+)\b", scripts)) - {"BASH_SOURCE"}
    assert read - OF_MANY_MEMBERS == given - OF_LIBRARIES


def test_what_everybody_knows_is_marked_as_the_services_and_the_databases_look_for_it() -> None:
    known = {name: default for name, default in defaults().items() if DEVELOPMENT in default}
    assert set(known) == set(CREDENTIALS)
    assert len(set(known.values())) == len(known)
    for name in DATABASES:
        assert f"*{DEVELOPMENT}*)" in script(f"{name}/start.sh")


def test_both_databases_judge_passwords_in_the_same_words() -> None:
    judgements = []
    for name, first, second in (
        ("mongodb", "MONGO_ADMIN_PASSWORD", "MONGO_ESHOP_PASSWORD"),
        ("postgresql", "POSTGRES_OWNER_PASSWORD", "POSTGRES_APP_PASSWORD"),
    ):
        found = re.search(
            r"^judge_passwords\(\) \{\n.*?^\}\n\nrefuse\(\) .*?^\}$", script(f"{name}/start.sh"), re.M | re.S
        )
        assert found and f"${first}${second}" in found[0]
        judgements.append(found[0].replace(first, "FIRST").replace(second, "SECOND"))
    assert judgements[0] == judgements[1]


def test_the_doctor_looks_at_the_ports_that_are_published() -> None:
    looked_at = dict(re.findall(r"([A-Z]+_PORT):(\d+)", script("setup/doctor_ports.sh")))
    assert looked_at == {name: value for name, value in defaults().items() if name.endswith("_PORT")}


def test_mongodb_runs_with_the_options_of_local_mode(tmp_path: Path) -> None:
    mongodb = MongoDB(Layout(tmp_path), Ports({MONGO_PORT: 1}))
    arguments = mongodb.program(MongoServer(Path("mongod"), "8")).command
    here = {f"{name}={value}" for name, value in pairwise(arguments) if name.startswith("--")}
    there = set(CONTAINERS["mongodb"]["command"])
    # How much it caches is a matter of the container's memory.
    assert {each for each in there if not each.startswith("--wiredTigerCacheSizeGB=")} <= here
    assert {"--oplogSize=990", "--setParameter=transactionLifetimeLimitSeconds=3"} <= there


def test_postgresql_runs_with_the_options_of_local_mode(tmp_path: Path) -> None:
    (tmp_path / "identity").write_text("of the tests")
    postgresql = PostgreSQL(Layout(tmp_path), Ports({POSTGRES_PORT: 1}), Account(None))
    arguments = postgresql.program(PostgresServer(Path("/bin"), "17")).command
    where = ("--listen_addresses", "--port", "--unix_socket_directories")
    here = {f"--{value}" for option, value in pairwise(arguments) if option == "-c"}
    there = set(CONTAINERS["postgresql"]["command"])
    here, there = ({each for each in options if not each.startswith(where)} for options in (here, there))
    assert here == there
    assert len(here) == 3


def test_the_databases_have_the_names_and_roles_of_local_mode() -> None:
    roles, databases = script("postgresql/set_up.sql"), script("postgresql/start.sh")
    assert f"ARRAY['{OWNER}', '{APPLICATION}']" in roles
    assert f"CREATE DATABASE {DATABASE} OWNER {OWNER}" in roles
    assert f"host {DATABASE} {OWNER},{APPLICATION} all scram-sha-256" in databases
    assert all(option in databases for option in BUILTIN_LOCALE)
    environment = {name: container["environment"] for name, container in CONTAINERS.items()}
    assert environment["walletservice"]["POSTGRES_DSN"].startswith(f"postgresql://{APPLICATION}:")
    assert environment["walletschema"]["POSTGRES_OWNER_DSN"].startswith(f"postgresql://{OWNER}:")
    assert environment["walletschema"]["POSTGRES_APP_ROLE"] == APPLICATION
    for dsn in (environment["walletservice"]["POSTGRES_DSN"], environment["walletschema"]["POSTGRES_OWNER_DSN"]):
        assert dsn.endswith(f"@postgresql:5432/{DATABASE}")
    member = environment["mongodb"]["MONGO_MEMBER"]
    for name in ("userservice", "productservice", "orderservice"):
        assert environment[name]["MONGO_URI"].endswith(f"@{member}/eshop?replicaSet=rs0&authSource=admin")
    assert "{ role: 'readWrite', db: 'eshop' }" in script("mongodb/set_up.js")
