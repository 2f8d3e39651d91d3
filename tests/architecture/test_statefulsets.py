"""The databases on Kubernetes: what they keep and where, against the compose file."""

from typing import Any

import pytest

from local.catalogue import DATABASES
from tests.architecture.manifests import Manifest, of_kind, the
from tests.architecture.test_containers import CONTAINERS as COMPOSE

STATEFULSETS = of_kind("StatefulSet")


def mounted(workload: Manifest, kind: str) -> set[str]:
    """Where the volumes of a kind lie in the container."""
    names = {each["name"] for each in workload.pod["volumes"] if kind in each}
    if kind == "claim":
        names = {each["metadata"]["name"] for each in workload.spec["volumeClaimTemplates"]}
    [container] = workload.pod["containers"]
    return {each["mountPath"] for each in container["volumeMounts"] if each["name"] in names}


def test_the_databases_are_stateful_and_nothing_else_is() -> None:
    assert sorted(each.name for each in STATEFULSETS) == sorted(DATABASES)


@pytest.mark.parametrize("database", STATEFULSETS, ids=str)
def test_a_database_has_its_files_where_compose_has_them(database: Manifest) -> None:
    there: dict[str, Any] = COMPOSE[database.name]
    scripts, data = (volume.split(":")[1] for volume in there["volumes"])
    assert mounted(database, "configMap") == {scripts}
    assert mounted(database, "claim") == {data}
    assert mounted(database, "emptyDir") == set(there["tmpfs"])


@pytest.mark.parametrize("database", STATEFULSETS, ids=str)
def test_data_is_a_claim_of_each_member_with_the_labels_by_which_it_is_deleted(database: Manifest) -> None:
    [claim] = database.spec["volumeClaimTemplates"]
    assert claim["metadata"] == {"name": "data", "labels": database.labels}
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert "storageClassName" not in claim["spec"], "the cluster's own"
    assert "persistentVolumeClaimRetentionPolicy" not in database.spec, "it stays, whatever becomes of the pods"


@pytest.mark.parametrize("database", STATEFULSETS, ids=str)
def test_one_member_is_what_runs_unless_somebody_says_otherwise(database: Manifest) -> None:
    assert database.spec["replicas"] == 1


@pytest.mark.parametrize("database", STATEFULSETS, ids=str)
def test_a_database_that_is_not_ready_keeps_its_name(database: Manifest) -> None:
    """Members must find each other to become ready."""
    assert the("Service", database.namespace, database.name).spec["publishNotReadyAddresses"] is True


@pytest.mark.parametrize("database", STATEFULSETS, ids=str)
def test_a_database_is_ready_when_compose_would_call_it_healthy(database: Manifest) -> None:
    [container] = database.pod["containers"]
    assert ["CMD", *container["readinessProbe"]["exec"]["command"]] == COMPOSE[database.name]["healthcheck"]["test"]


@pytest.mark.parametrize("database", STATEFULSETS, ids=str)
def test_a_database_that_is_slow_is_not_killed_for_it(database: Manifest) -> None:
    """It has an open port long before it is ready, and would recover from the crash again."""
    [container] = database.pod["containers"]
    for probe in ("startupProbe", "livenessProbe"):
        assert container[probe]["tcpSocket"] == {"port": database.name}
