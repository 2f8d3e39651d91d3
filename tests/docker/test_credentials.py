"""Credentials: what everybody knows is refused where others can reach it, what is random lets in, all else does not."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import errors
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from chassis.settings import DEVELOPMENT
from local.catalogue import MONGO_PORT, POSTGRES_PORT, PROGRAMS
from tests.compose import CREDENTIALS, PORT_VARIABLES, Compose, docker
from tests.ports import free_ports
from tests.readme.checkout import copy_checkout, environment

REFUSAL_SECONDS = 60

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def exposed(images: None) -> Iterator[Compose]:
    """A shop that would be published to everybody, with the credentials that everybody knows."""
    shop = Compose(ports=free_ports(PORT_VARIABLES), variables={"PUBLISH_ADDRESS": "0.0.0.0"}, passwords={})
    yield shop
    shop.reset()


@pytest.mark.parametrize("program", [*PROGRAMS, "walletschema"])
def test_what_others_could_reach_does_not_start_with_credentials_that_everybody_knows(
    exposed: Compose, program: str
) -> None:
    ran = exposed.run("run", "--rm", "--no-deps", "--no-TTY", program, check=False, seconds=REFUSAL_SECONDS)
    assert ran.returncode not in (0, None), ran.stdout + ran.stderr
    assert "that everybody knows cannot be used where others can reach it (0.0.0.0)" in ran.stdout + ran.stderr


def test_the_whole_shop_gives_up_at_once_then(exposed: Compose) -> None:
    ran = exposed.run("up", "--detach", "--no-build", "--pull=never", check=False, seconds=REFUSAL_SECONDS)
    assert ran.returncode != 0
    assert "-1 is unhealthy" in ran.stderr


@pytest.mark.parametrize("password", ["b@d", "b:d", "b/d", "b?d", "b%41d", "b d"])
@pytest.mark.parametrize(("database", "variable"), [("mongodb", CREDENTIALS[0]), ("postgresql", CREDENTIALS[3])])
def test_a_password_that_would_garble_an_address_is_refused(
    exposed: Compose, database: str, variable: str, password: str
) -> None:
    given = ("--env=PUBLISH_ADDRESS=127.0.0.1", f"--env={variable}={password}", database)
    ran = exposed.run("run", "--rm", "--no-deps", "--no-TTY", *given, check=False, seconds=REFUSAL_SECONDS)
    assert ran.returncode == 1
    assert variable in ran.stderr
    assert "may have letters, digits and . _ ~ - alone" in ran.stderr


def test_without_any_variable_the_file_is_valid_and_says_loudly_what_everybody_knows(tmp_path: Path) -> None:
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    config = docker("compose", "--env-file=/dev/null", "config", environment=bare)
    assert config.stderr == ""
    quiet = docker("compose", "--env-file=/dev/null", "config", "--quiet", environment=bare)
    assert (quiet.stdout, quiet.stderr) == ("", "")
    for word in ("admin", "eshop", "owner", "app", "token", "hash-key"):
        assert f"{DEVELOPMENT}-{word}" in config.stdout


@pytest.fixture(scope="module")
def private(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """A shop in a clone of its own, with the `.env` that `./setup.sh docker env` writes, and ports in it."""
    clone = copy_checkout(tmp_path_factory.mktemp("private") / "eshop")
    subprocess.run(["./setup.sh", "docker", "env"], cwd=clone, env=environment(), timeout=60, check=True)
    ports = free_ports(PORT_VARIABLES)
    with (clone / ".env").open("a") as env:
        env.writelines(f"{name}={port}\n" for name, port in ports.items())
    said = dict(line.split("=", 1) for line in (clone / ".env").read_text().splitlines() if line[:1] not in ("", "#"))
    assert set(said) == {*CREDENTIALS, *ports}
    shop = Compose(ports=ports, passwords={name: said[name] for name in CREDENTIALS})
    up = ["docker", "compose", "-p", shop.project, "up", "-d", "--wait", "--no-build", "--pull=never"]
    try:
        subprocess.run(up, cwd=clone, env=environment(), timeout=300, check=True)
        yield shop
    finally:
        shop.reset()


def mongo(shop: Compose, user_and_password: str, database: str = "eshop") -> MongoClient[dict[str, object]]:
    address = f"localhost:{shop.ports[MONGO_PORT]}"
    uri = f"mongodb://{user_and_password}{address}/{database}?directConnection=true"
    return MongoClient(uri + ("&authSource=admin" if user_and_password else ""), serverSelectionTimeoutMS=5000)


def test_everything_is_healthy_with_what_docker_env_wrote(private: Compose) -> None:
    for program in PROGRAMS:
        assert private.inspect(program)["State"]["Health"]["Status"] == "healthy"
        assert DEVELOPMENT not in str(private.inspect(program)["Config"]["Env"])


def test_mongodb_lets_its_two_users_in_from_this_machine(private: Compose) -> None:
    with mongo(private, f"eshop:{private.passwords['MONGO_ESHOP_PASSWORD']}@") as client:
        assert client.get_default_database()["users"].count_documents({}) == 0
        with pytest.raises(OperationFailure, match="not authorized"):
            client["admin"]["system.users"].find_one()
    with mongo(private, f"admin:{private.passwords['MONGO_ADMIN_PASSWORD']}@") as client:
        users = {each["user"] for each in client["admin"]["system.users"].find()}
        assert users == {"admin", "eshop"}


@pytest.mark.parametrize("who", ["", "eshop:wrong@", "admin:wrong@", f"eshop:{DEVELOPMENT}-eshop@"])
def test_mongodb_lets_nobody_else_in(private: Compose, who: str) -> None:
    with mongo(private, who) as client, pytest.raises(OperationFailure) as refused:
        client["eshop"]["users"].find_one()
    assert refused.value.code == (18 if who else 13), refused.value  # AuthenticationFailed, Unauthorized


def postgres_dsn(shop: Compose, user_and_password: str, database: str) -> str:
    return f"postgresql://{user_and_password}@localhost:{shop.ports[POSTGRES_PORT]}/{database}"


def test_postgresql_lets_the_application_read_the_ledger_and_not_rewrite_it(private: Compose) -> None:
    dsn = postgres_dsn(private, f"wallet_app:{private.passwords['POSTGRES_APP_PASSWORD']}", "walletdb")
    with closing(psycopg2.connect(dsn, connect_timeout=5)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger")
        for statement in ("UPDATE ledger SET kind = 'credited'", "DELETE FROM ledger", "TRUNCATE ledger",
                          "DROP TABLE ledger"):  # fmt: skip
            connection.rollback()
            with pytest.raises(errors.InsufficientPrivilege):
                cursor.execute(statement)


@pytest.mark.parametrize(
    ("who", "database"),
    [
        ("wallet_app", "walletdb"),
        ("wallet_app:wrong", "walletdb"),
        (f"wallet_app:{DEVELOPMENT}-app", "walletdb"),
        ("wallet_owner:wrong", "walletdb"),
        ("postgres", "walletdb"),
        ("postgres:postgres", "postgres"),
    ],
)
def test_postgresql_lets_nobody_else_in(private: Compose, who: str, database: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password|no pg_hba.conf entry"):
        psycopg2.connect(postgres_dsn(private, who, database), connect_timeout=5, passfile="/dev/null")
