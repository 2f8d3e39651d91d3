"""The shop started, looked at, killed, stopped and reset: real databases, stub services."""

import json
import os
import signal
import stat
import urllib.request
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg2
import pymongo
import pytest
from pymongo.errors import OperationFailure

from local import report, strays
from local.__main__ import status
from local.catalogue import DATABASES, MONGO_PORT, POSTGRESQL, PROGRAMS, SERVICE_NAMES
from local.credentials import MAKERS
from local.errors import LocalError, PortTaken
from local.settings import Settings
from local.shop import Shop
from local.waiting import holds_within
from tests.local.conftest import MakeShop, free_port, kill_everything


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Shop:
    shop = make_shop()
    shop.up()
    return shop


def test_all_programs_run_and_all_services_are_ready(shop: Shop) -> None:
    shop.up()
    assert set(shop.processes()) == set(PROGRAMS)
    assert {_status(url) for url in shop.urls.values()} == {200}


def test_states_tell_what_is_ready(shop: Shop) -> None:
    shop.up()
    assert shop.readiness() == dict.fromkeys(PROGRAMS, True)
    shop.parts.supervisor.stop([POSTGRESQL], seconds=40)
    readiness = shop.readiness()
    assert not readiness[POSTGRESQL]
    assert readiness["userservice"]
    rows = {row.split()[0]: row for row in report.states(shop, readiness).splitlines()}
    assert rows["process"].split() == ["process", "state", "readiness"]
    assert rows[POSTGRESQL].split()[1:4] == ["STOPPED", "not", "ready"]
    assert rows["userservice"].split()[1:3] == ["RUNNING", "ready"]
    shop.up()


def test_a_status_with_something_not_ready_fails_and_names_it(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.up()
    status(shop, Namespace())
    assert "mongosh is not included" in capsys.readouterr().out
    shop.parts.supervisor.stop(["orderservice"], seconds=40)
    with pytest.raises(LocalError, match="^not ready: orderservice$") as refusal:
        status(shop, Namespace())
    assert refusal.value.advice == "./setup.sh local logs orderservice"
    assert "not ready" in capsys.readouterr().out
    shop.up()


def test_starting_twice_changes_nothing(shop: Shop) -> None:
    shop.up()
    before = shop.processes()
    shop.up()
    assert shop.processes() == before


def test_only_the_user_can_read_the_state(shop: Shop) -> None:
    assert _mode(shop.settings.state) == 0o700
    files = [shop.parts.layout.secrets / name for name in MAKERS]
    assert {_mode(file) for file in (*files, shop.parts.layout.supervisor_config)} == {0o600}


def test_no_secret_is_on_a_command_line_or_in_the_report(shop: Shop) -> None:
    shop.up()
    shown = " ".join(text for process in psutil.process_iter(["cmdline"]) for text in process.info["cmdline"] or ())
    shown += report.states(shop, shop.readiness()) + report.addresses(shop) + report.connections(shop)
    assert shop.settings.state.name in shown
    assert [name for name in MAKERS if (shop.parts.layout.secrets / name).read_text() in shown] == []


def test_the_shops_mongodb_user_reaches_its_own_database_alone(shop: Shop) -> None:
    shop.up()
    with pymongo.MongoClient[dict[str, object]](shop.mongo_uri) as client:
        client.eshop.notes.insert_one({"text": "kept"})
        with pytest.raises(OperationFailure):
            client.other.notes.insert_one({"text": "refused"})


def test_the_wallets_role_reads_and_writes_what_the_schema_grants(shop: Shop) -> None:
    shop.up()
    assert _rows(shop.postgres_dsn, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        _rows(shop.postgres_dsn, "CREATE TABLE public.mine (id int)")


def test_a_killed_client_holds_its_locks_for_three_seconds(shop: Shop) -> None:
    shop.up()
    assert _rows(shop.postgres_dsn, "SHOW idle_in_transaction_session_timeout") == [("3s",)]
    with pymongo.MongoClient[dict[str, object]](shop.mongo_admin_uri) as client:
        answer = client.admin.command("getParameter", 1, transactionLifetimeLimitSeconds=1)
    assert answer["transactionLifetimeLimitSeconds"] == 3


@pytest.mark.parametrize("name", [*DATABASES, "userservice"])
def test_a_program_that_is_killed_comes_back(shop: Shop, name: str) -> None:
    shop.up()
    killed = shop.processes()[name]
    os.kill(killed, signal.SIGKILL)
    assert holds_within(10, lambda: shop.processes().get(name, killed) != killed)
    shop.up()


def test_a_database_that_was_started_a_moment_ago_is_not_started_again(shop: Shop) -> None:
    shop.up()
    shop.parts.supervisor.stop([POSTGRESQL], seconds=40)
    shop.parts.supervisor.start(POSTGRESQL)
    started = shop.processes()[POSTGRESQL]
    shop.start_databases()
    assert shop.processes()[POSTGRESQL] == started


def test_restarting_one_leaves_the_others(shop: Shop) -> None:
    shop.up()
    before = shop.processes()
    shop.restart("userservice")
    after = shop.processes()
    assert {name for name in PROGRAMS if after[name] != before[name]} == {"userservice"}


def test_a_port_of_the_shop_that_is_taken_is_named_with_its_holder(shop: Shop) -> None:
    shop.up()
    other = Shop(Settings(state=shop.settings.state.with_name("other"), ports=shop.settings.ports))
    with pytest.raises(PortTaken, match=r"USERS_PORT.* is in use, by process \d+") as refusal:
        other.up()
    assert "USERS_PORT=" in refusal.value.advice
    assert other.processes() == {}
    other.reset()


def test_after_a_power_cut_the_data_is_there(shop: Shop) -> None:
    shop.up()
    _rows(shop.postgres_dsn, "INSERT INTO notes VALUES ('kept') RETURNING text")
    with pymongo.MongoClient[dict[str, object]](shop.mongo_uri) as client:
        client.eshop.notes.insert_one({"_id": "after a power cut"})
    kill_everything(shop)
    # After a reboot the process ids in these files may be anybody's; here they are this test's own parent's.
    stranger = str(os.getppid())
    lock = shop.parts.postgresql.folder.files / "postmaster.pid"
    lock.write_text("\n".join([stranger, *lock.read_text().splitlines()[1:]]) + "\n")
    (shop.parts.mongodb.folder.files / "mongod.lock").write_text(stranger)
    (shop.parts.layout.run / "supervisord.pid").write_text(stranger)
    shop.up()
    assert ("kept",) in _rows(shop.postgres_dsn, "SELECT text FROM notes")
    with pymongo.MongoClient[dict[str, object]](shop.mongo_uri) as client:
        assert client.eshop.notes.find_one("after a power cut")


def test_orphans_of_a_killed_supervisor_are_replaced(shop: Shop) -> None:
    shop.up()
    before = set(shop.processes().values())
    (supervisor,) = strays.find(shop.parts.marks()[:1])
    supervisor.kill()
    supervisor.wait(10)
    shop.up()
    assert set(shop.processes()) == set(PROGRAMS)
    assert not before & {process.pid for process in strays.find(shop.parts.marks())}


def test_mongodb_can_move_to_another_port(shop: Shop) -> None:
    shop.down()
    moved = replace(shop, settings=replace(shop.settings, ports={**shop.settings.ports, MONGO_PORT: free_port()}))
    moved.start_databases()
    with pymongo.MongoClient[dict[str, object]](moved.mongo_uri) as client:
        assert client.eshop.notes.count_documents({}) > 0
    shop.up()
    assert set(shop.processes()) == set(PROGRAMS)


def test_after_stopping_nothing_is_left_running(shop: Shop) -> None:
    shop.up()
    shop.down()
    assert strays.find(shop.parts.marks()) == []
    assert shop.processes() == {}
    shop.down()


def test_another_major_version_is_refused_before_anything_starts(shop: Shop, tmp_path: Path) -> None:
    shop.down()
    newer = tmp_path / "mongod"
    newer.write_text("#!/bin/sh\necho db version v99.0.1\n")
    newer.chmod(0o755)
    with pytest.raises(LocalError, match=r"written by MongoDB \d\.0; this is MongoDB 99\.0"):
        replace(shop, settings=replace(shop.settings, mongod=newer)).up()
    assert shop.processes() == {}


def test_a_service_that_cannot_start_is_named_with_its_last_words(shop: Shop, tmp_path: Path) -> None:
    app = shop.settings.checkout / "orderservice" / "app.py"
    good = app.read_text()
    app.write_text("raise RuntimeError('no such luck')\n")
    try:
        with pytest.raises(LocalError, match=r"(?s)not ready: orderservice.*no such luck"):
            shop.up()
    finally:
        app.write_text(good)
    shop.down()


def test_reset_leaves_nothing(shop: Shop) -> None:
    shop.start_databases()
    apart = shop.parts.layout.apart
    shop.reset()
    assert not shop.settings.state.exists()
    assert not apart.exists()


def test_ports_are_remembered(shop: Shop) -> None:
    shop.start_databases()
    kept = json.loads(shop.parts.layout.ports_file.read_text())
    shop.down()
    without_variables = replace(shop, settings=replace(shop.settings, ports={}))
    without_variables.start_databases()
    assert without_variables.ports.numbers == kept
    assert all(str(kept[name]) in " ".join(shop.urls.values()) for name in ("USERS_PORT", "ORDERS_PORT"))
    assert len(SERVICE_NAMES) == len(shop.urls)


def _status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return int(answer.status)


def _rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(dsn)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    finally:
        connection.close()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
