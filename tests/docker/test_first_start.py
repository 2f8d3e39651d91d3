"""A database that is killed, wherever in its first start that is, works after the next one."""

import subprocess
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from pymongo import MongoClient

from tests.compose import PORT_VARIABLES, Compose, docker
from tests.ports import free_ports

START_SECONDS = 60
# Has the lock name a process that lives, and then starts the server as docker-compose.yaml does.
BESIDE_ANOTHER = """
sleep infinity &
sed -i "1s/.*/$!/" /var/lib/postgresql/data/cluster/postmaster.pid
exec bash /eshop/start.sh --listen_addresses=* --unix_socket_directories=/tmp
"""
# What its log says at the moment of the kill.
MOMENTS = [
    ("postgresql", "creating subdirectories"),
    ("postgresql", "running bootstrap script"),
    ("postgresql", "syncing data to disk"),
    ("postgresql", "starting PostgreSQL"),
    ("postgresql", "ready to accept connections"),
    ("mongodb", "Opening WiredTiger"),
    ("mongodb", "Waiting for connections"),
    ("mongodb", "replSetInitiate admin command received"),
    ("mongodb", "Transition to primary complete"),
    ("mongodb", '"namespace":"admin.system.users"'),
]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def fresh() -> Iterator[Compose]:
    shop = Compose(ports=free_ports(PORT_VARIABLES))
    yield shop
    shop.reset()


@pytest.mark.parametrize(("database", "moment"), MOMENTS)
def test_a_first_start_that_was_cut_off_is_made_up_for_by_the_next(fresh: Compose, database: str, moment: str) -> None:
    fresh.run("up", "--detach", "--no-deps", "--pull=never", database)
    kill_at(fresh.container(database), moment)
    assert not fresh.inspect(database)["State"]["Running"]
    fresh.run("up", "--detach", "--wait", "--no-deps", "--pull=never", database)
    assert works(fresh, database)


def test_a_lock_that_a_killed_postgresql_left_is_not_taken_for_a_server(fresh: Compose) -> None:
    """The number in it is soon another process's, and PostgreSQL by itself would not start beside that."""
    fresh.run("up", "--detach", "--wait", "--no-deps", "--pull=never", "postgresql")
    docker("kill", fresh.container("postgresql"))
    again = f"{fresh.project}-again"
    fresh.run(
        *("run", "--detach", f"--name={again}", "--no-deps", "--entrypoint=bash", "postgresql", "-c", BESIDE_ANOTHER)
    )
    docker("exec", again, "bash", "-c", "until test -e /tmp/ready; do sleep 0.1; done", seconds=START_SECONDS)


def test_a_second_postgresql_over_the_same_volume_is_refused_and_the_first_goes_on(fresh: Compose) -> None:
    fresh.run("up", "--detach", "--wait", "--no-deps", "--pull=never", "postgresql")
    second = fresh.run("run", "--rm", "--no-deps", "--no-TTY", "postgresql", check=False, seconds=START_SECONDS)
    assert second.returncode == 1
    assert "another server runs over this volume" in second.stderr
    assert works(fresh, "postgresql")


def test_a_database_that_cannot_be_set_up_says_so_and_ends(fresh: Compose) -> None:
    wrong = ("--env=MONGO_MEMBER=somebody-else:27017", "mongodb")
    ended = fresh.run("run", "--rm", "--no-deps", "--no-TTY", *wrong, check=False, seconds=2 * START_SECONDS)
    assert "error: the replica set could not be set up" in ended.stdout + ended.stderr


def kill_at(container: str, moment: str) -> None:
    """Kill a container as soon as its log says so."""
    command = ["docker", "logs", "--follow", container]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as log:
        assert log.stdout
        assert any(moment in line for line in log.stdout), f"{container} never said: {moment}"
        docker("kill", container)


def works(shop: Compose, database: str) -> bool:
    """Whether those who use the database can."""
    if database == "mongodb":
        with MongoClient[dict[str, object]](shop.mongo_uri, serverSelectionTimeoutMS=5000) as client:
            return bool(client["eshop"]["users"].insert_one({}).inserted_id)
    for dsn in (shop.postgres_owner_dsn, shop.postgres_dsn):
        with closing(psycopg2.connect(dsn, connect_timeout=5)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT current_database()")
            assert cursor.fetchone() == ("walletdb",)
    return True
