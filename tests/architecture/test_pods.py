"""What holds each pod in, who may ask Kubernetes for anything, and what a pod is granted of its node."""

import re
from typing import Any

import pytest

from local.catalogue import SERVICE_NAMES
from tests.architecture.manifests import (
    CONTAINERS,
    GATE,
    ROOT,
    WITH_TWINS,
    WORKLOADS,
    Container,
    Manifest,
    of_kind,
    the,
)
from tests.architecture.test_containers import CONTAINERS as COMPOSE

NEEDED, GROUPS = {"runAsNonRoot", "runAsUser", "seccompProfile"}, {"runAsGroup", "fsGroup", "fsGroupChangePolicy"}
FREEDOMS = {"hostNetwork", "hostPID", "hostIPC", "hostUsers", "hostAliases", "shareProcessNamespace", "sysctls"}
VOLUMES = {"configMap", "secret", "emptyDir"}
LEVELS = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
ACCOUNTS = {
    **dict.fromkeys(SERVICE_NAMES, re.findall(r"^USER (\d+):", (ROOT / "userservice/Dockerfile").read_text(), re.M)[0]),
    **{name: container["user"].partition(":")[0] for name, container in COMPOSE.items() if "user" in container},
    GATE: "101",
}
MEBI = {"Mi": 1, "Gi": 1024, "m": 1, "g": 1024}


def megabytes(quantity: str) -> int:
    [(number, unit)] = re.findall(r"^(\d+)([A-Za-z]+)$", quantity)
    return int(number) * MEBI[unit]


def cpus(quantity: str) -> float:
    return float(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)


@pytest.mark.parametrize("namespace", of_kind("Namespace"), ids=lambda each: each.name)
def test_a_namespace_refuses_pods_that_are_not_held_in(namespace: Manifest) -> None:
    assert {key: value for key, value in namespace.labels.items() if key.startswith("pod-security")} == LEVELS


def test_no_pod_runs_outside_of_these_namespaces() -> None:
    assert {each.namespace for each in WORKLOADS} == {each.name for each in of_kind("Namespace")}


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_a_pod_is_held_in(workload: Manifest) -> None:
    security: dict[str, Any] = workload.pod["securityContext"]
    assert security["runAsNonRoot"] is True
    assert str(security["runAsUser"]) == ACCOUNTS[workload.name]
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert NEEDED <= set(security) <= NEEDED | GROUPS
    assert FREEDOMS.isdisjoint(workload.pod)
    assert workload.pod["enableServiceLinks"] is False
    for volume in workload.pod.get("volumes", []):
        assert set(volume) - {"name"} <= VOLUMES
    assert "ephemeralContainers" not in workload.pod


@pytest.mark.parametrize("container", CONTAINERS, ids=str)
def test_a_container_is_held_in(container: Container) -> None:
    at_the_gate = container.workload.name == GATE and not container.runs_first
    capabilities = {"drop": ["ALL"]} | ({"add": ["NET_BIND_SERVICE"]} if at_the_gate else {})
    assert container.body["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": capabilities,
    }
    assert container.body["imagePullPolicy"] == "IfNotPresent"
    assert all("hostPort" not in port and "hostIP" not in port for port in container.body.get("ports", []))


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_only_the_controller_may_ask_kubernetes(workload: Manifest) -> None:
    assert workload.pod["serviceAccountName"] == workload.name
    assert workload.pod["automountServiceAccountToken"] is (workload.name == GATE)
    assert the("ServiceAccount", workload.namespace, workload.name).body["automountServiceAccountToken"] is False
    bindings = of_kind("RoleBinding", "ClusterRoleBinding")
    assert {each["name"] for binding in bindings for each in binding.body["subjects"]} == {GATE}


@pytest.mark.parametrize("container", CONTAINERS, ids=str)
def test_a_container_asks_for_a_part_of_what_it_may_have(container: Container) -> None:
    requests, limits = container.body["resources"]["requests"], container.body["resources"]["limits"]
    assert set(requests) == set(limits) == {"cpu", "memory"}
    assert megabytes(requests["memory"]) <= megabytes(limits["memory"])
    assert cpus(requests["cpu"]) <= cpus(limits["cpu"])


@pytest.mark.parametrize("container", WITH_TWINS, ids=str)
def test_a_container_has_the_memory_that_it_has_in_compose(container: Container) -> None:
    limit = container.body["resources"]["limits"]["memory"]
    assert megabytes(limit) == megabytes(COMPOSE[container.twin]["mem_limit"])
