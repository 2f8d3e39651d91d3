"""The machine of a reader of the page, and what the demo tells one who has not started a shop."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.readme import checkout
from tests.readme.page import ROOT


def test_variables_of_the_user_do_not_reach_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USERS_PORT", "WALLETS_INTERNAL_PORT", "PUBLISH_ADDRESS", "COMPOSE_FILE", "MONGOD"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    ours = checkout.environment()
    assert set(os.environ) - set(ours) >= {"USERS_PORT", "WALLETS_INTERNAL_PORT", "PUBLISH_ADDRESS", "MONGOD"}
    assert "COMPOSE_FILE" not in ours
    assert (ours["PATH"], ours["HTTPS_PROXY"]) == (os.environ["PATH"], "http://proxy.example")


def test_a_copy_holds_what_is_not_ignored_and_is_a_clone(tmp_path: Path) -> None:
    copy = checkout.copy_checkout(tmp_path / "eshop")
    assert (copy / "README.md").read_text() == (ROOT / "README.md").read_text()
    assert os.access(copy / "setup.sh", os.X_OK)
    assert (copy / ".git").is_dir()
    assert [name for name in (".venv", ".local", ".env", ".mypy_cache") if (copy / name).exists()] == []


def test_a_port_that_is_taken_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(checkout, "PUBLISHED", {"USERS_PORT": server.getsockname()[1]})
        with pytest.raises(
            pytest.fail.Exception, match=rf"{server.getsockname()[1]} \(process.*\n.*docker-compose down"
        ):
            checkout.demand_usual_ports()


@pytest.mark.parametrize(("trouble", "may"), [(errno.EACCES, False), (errno.EADDRINUSE, True), (0, True)])
def test_who_may_take_low_ports_is_asked_of_the_system(
    monkeypatch: pytest.MonkeyPatch, trouble: int, may: bool
) -> None:
    def bind(_: socket.socket, address: tuple[str, int]) -> None:
        assert address[1] < 1024
        if trouble:
            raise OSError(trouble, "as the system says")

    monkeypatch.setattr(socket.socket, "bind", bind)
    assert checkout.may_take_low_ports() is may


def test_a_project_that_is_there_is_named_and_only_that() -> None:
    checkout.demand_no_project("eshop", [])
    with pytest.raises(pytest.fail.Exception, match="eshop already: volume eshop_mongodb"):
        checkout.demand_no_project("eshop", ["volume eshop_mongodb"])


def test_a_cluster_that_is_there_is_named_and_only_that() -> None:
    checkout.demand_no_cluster("eshop", ["eshop-test", "kind"])
    with pytest.raises(pytest.fail.Exception, match=r"eshop already.\n.*kubernetes delete -n eshop"):
        checkout.demand_no_cluster("eshop", ["kind", "eshop"])


def test_the_demo_without_a_shop_names_both_ways_to_start_one() -> None:
    port = str(free_ports(["USERS_PORT"])["USERS_PORT"])
    environment = {**checkout.environment(), "USERS_PORT": port}
    command = [sys.executable, str(ROOT / "demo.py")]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert f"nobody answers at http://localhost:{port}" in ran.stderr
    assert "  docker-compose up -d, or without Docker ./setup.sh local up" in ran.stderr
