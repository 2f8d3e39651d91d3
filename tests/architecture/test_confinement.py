"""docker-compose.yaml: what holds each container in, and who shares a network with whom."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from local.catalogue import DATABASES, SERVICE_NAMES

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = "walletschema"  # runs, ends, and is not started again
LOOPBACK = "${PUBLISH_ADDRESS:-127.0.0.1}:"
OUTER_PORTS = {**dict.fromkeys(SERVICE_NAMES, "5000"), "mongodb": "27017", "postgresql": "5432"}
NETWORKS = {
    "shop": {"userservice", "productservice", "orderservice", "paymentservice"},
    "shop-data": {"userservice", "productservice", "orderservice", "mongodb"},
    "bank": {"paymentservice", "walletservice"},
    "bank-data": {"walletservice", "walletschema", "postgresql"},
}
FREEDOMS = {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "extra_hosts", "links", "sysctls"}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_held_in(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert FREEDOMS.isdisjoint(container)
    assert container["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
    assert 0 < container["pids_limit"] <= 1024
    assert container["mem_limit"] in {"256m", "512m", "1g"}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_that_stays_is_watched_and_comes_back_and_the_other_does_neither(name: str) -> None:
    container = CONTAINERS[name]
    assert ("healthcheck" in container) == (name != ONCE)
    assert container["restart"] == ("no" if name == ONCE else "unless-stopped")


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_waits_for_the_health_of_those_it_needs(name: str) -> None:
    needed = CONTAINERS[name].get("depends_on", {})
    assert bool(needed) == (name not in DATABASES)
    for each, how in needed.items():
        assert how == {"condition": "service_completed_successfully" if each == ONCE else "service_healthy"}


@pytest.mark.parametrize("name", CONTAINERS)
def test_one_port_is_published_on_this_machine_alone_and_no_inner_one(name: str) -> None:
    ports = CONTAINERS[name].get("ports", [])
    assert len(ports) == (name != ONCE)
    for port in ports:
        assert port.startswith(LOOPBACK)
        assert port.rpartition(":")[2] == OUTER_PORTS[name]


def test_the_shop_and_the_bank_meet_in_paymentservice_alone_and_a_database_meets_its_own() -> None:
    joined: dict[str, set[str]] = {}
    for name, container in CONTAINERS.items():
        for network in container["networks"]:
            joined.setdefault(network, set()).add(name)
    assert joined == NETWORKS
    assert set(COMPOSE["networks"]) == set(NETWORKS)


def test_nothing_is_written_but_data_in_volumes_and_what_may_be_forgotten_in_memory() -> None:
    for name in DATABASES:
        scripts, data = CONTAINERS[name]["volumes"]
        assert scripts.startswith(f"./{name}:/eshop:ro")
        assert data.startswith(f"{name}:/")
    assert set(COMPOSE["volumes"]) == set(DATABASES)
    assert all("volumes" not in CONTAINERS[name] for name in (*SERVICE_NAMES, ONCE))
