"""A cluster that somebody else has made: where its databases are reached, whom to hurt there, and what is put back."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

from local.catalogue import MONGODB, POSTGRESQL, SERVICE_NAMES
from local.waiting import holds_within
from tests.faults.chaos import KILL_CHANCE
from tests.faults.pods import Pods
from tests.faults.programs import AS_IT_WAS
from tests.pods import Pod
from tests.prove.cluster import AttachedCluster
from tests.prove.gate import forwarded
from tests.prove.in_a_cluster import place_of

POD = Pod("eshop", "a", "uid", "10.0.0.1", "image", "node")


class Ports:
    """Forwards nothing."""

    def port(self, pod: Pod, port: int) -> int:
        return port + 1


@dataclass(frozen=True)
class Imagined(AttachedCluster):
    """A cluster whose databases are in it, or are not."""

    without: tuple[str, ...] = ()
    deeds: list[str] = field(default_factory=list)
    most: int = 4
    deployed_by = "kubectl"

    @cached_property
    def _forwarding(self) -> Ports:  # type: ignore[override]
        return Ports()

    @cached_property
    def addresses(self) -> Mapping[str, str]:
        return {
            MONGODB: "mongodb://eshop:one@mongodb:27017/eshop?replicaSet=rs0&authSource=admin",
            POSTGRESQL: "postgresql://wallet_app:two@postgresql:5432/walletdb",
        }

    def pods(self, program: str) -> list[Pod]:
        return [] if program in self.without else [POD]

    def primary(self) -> tuple[Pod, str]:
        return POD, "127.0.0.1:1"

    def believe(self) -> None:
        return

    def replicas(self, program: str) -> int:
        scaled = [each.split()[1] for each in self.deeds if each.startswith(program)]
        return int(scaled[-1]) if scaled else 1

    def most_replicas(self, program: str) -> int:
        return self.most

    def scale(self, program: str, replicas: int) -> None:
        self.deeds.append(f"{program} {replicas}")


def test_databases_in_the_cluster_are_reached_by_forwarded_ports() -> None:
    cluster = Imagined(Path(), "a")
    assert cluster.mongo_uri == "mongodb://eshop:one@127.0.0.1:1/eshop?directConnection=true&authSource=admin"
    assert cluster.postgres_dsn == "postgresql://wallet_app:two@127.0.0.1:5433/walletdb"
    place = place_of(cluster, "kind-a")
    assert {MONGODB, POSTGRESQL} < set(place.targets)
    assert (list(place.notes), place.scalable, place.kill_chance) == ([], SERVICE_NAMES, KILL_CHANCE)


def test_databases_elsewhere_are_left_alone_and_that_is_said() -> None:
    cluster = Imagined(Path(), "a", without=(MONGODB, POSTGRESQL))
    assert [cluster.mongo_uri, cluster.postgres_dsn] == list(cluster.addresses.values())
    place = place_of(cluster, "kind-a")
    assert set(place.targets) == set(SERVICE_NAMES)
    assert [each.split()[0] for each in place.notes] == [MONGODB, POSTGRESQL]


def test_where_nodes_are_out_of_reach_nobody_is_frozen() -> None:
    cluster = Imagined(Path(), "a", is_kind=False)
    assert cluster.signal(POD, "KILL")
    assert not cluster.signal(POD, "STOP")
    place = place_of(cluster, "production")
    assert place.kill_chance == 1.0
    assert "not frozen" in "".join(place.notes)


def test_what_was_scaled_is_scaled_back_once() -> None:
    cluster = Imagined(Path(), "a")
    pods = Pods(cluster)
    assert pods.scale("userservice", 3)
    assert pods.scale("userservice", AS_IT_WAS)
    assert not pods.scale("userservice", AS_IT_WAS)
    assert pods.scale("orderservice", 2)
    assert pods.scale("orderservice", 3)
    pods.mend()
    pods.mend()
    assert cluster.deeds == ["userservice 3", "userservice 1", "orderservice 2", "orderservice 3", "orderservice 1"]


@pytest.mark.parametrize(("most", "hit"), [(2, True), (1, False)])
def test_an_autoscaler_s_limit_holds(most: int, hit: bool) -> None:
    cluster = Imagined(Path(), "a", most=most)
    assert Pods(cluster).scale("userservice", 3) is hit
    assert cluster.deeds == [f"userservice {most}"]


@pytest.mark.parametrize("then", ["", "exec sleep 60"], ids=["ends", "leads nowhere"])
def test_a_forwarding_that_does_not_serve_is_made_again_at_the_same_port(
    then: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.prove.gate.AGAIN_AFTER", 0.01)
    monkeypatch.setattr("tests.prove.gate.ASKED_AFTER", 0.01)
    calls = tmp_path / "calls"
    calls.touch()
    (tmp_path / "kubectl").write_text(f'#!/bin/sh\necho "$*" >>{calls}\n{then}\n')
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with forwarded(os.environ) as port:
        assert holds_within(10, lambda: calls.read_text().count("\n") > 2)
    wanted = f"port-forward --namespace=ingress-nginx service/ingress-nginx-controller {port}:443"
    assert set(calls.read_text().splitlines()) == {wanted}
