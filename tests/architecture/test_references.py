"""Every object and key that a manifest names exists, and what exists beside the workloads is named by one."""

import pytest

from tests.architecture.manifests import MANIFESTS, WORKLOADS, Manifest, of_kind
from tests.architecture.references import existing, references

FOR_OTHERS = {"ConfigMap", "Secret", "ServiceAccount", "Role", "ClusterRole", "IngressClass"}


@pytest.mark.parametrize("manifest", MANIFESTS, ids=str)
def test_what_is_named_exists(manifest: Manifest) -> None:
    assert set(references(manifest)) - set(existing()) == set()


def test_what_exists_is_named() -> None:
    """And of what is named by single keys, every key."""
    named = {reference for each in MANIFESTS for reference in references(each)}
    objects = {each._replace(key="") for each in named}
    left_over = [
        each
        for each in existing()
        if each.kind in FOR_OTHERS
        and each not in (named if each.key else objects)
        and each._replace(key="") not in named
    ]
    assert left_over == []


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_every_volume_is_mounted_and_every_mount_is_a_volume(workload: Manifest) -> None:
    volumes = {each["name"] for each in workload.pod.get("volumes", [])}
    volumes |= {each["metadata"]["name"] for each in workload.spec.get("volumeClaimTemplates", [])}
    containers = [*workload.pod.get("initContainers", []), *workload.pod["containers"]]
    assert {each["name"] for container in containers for each in container.get("volumeMounts", [])} == volumes


@pytest.mark.parametrize("manifest", of_kind("Service", "PodDisruptionBudget"), ids=str)
def test_a_selector_finds_the_pods_of_its_own_component_alone(manifest: Manifest) -> None:
    selector = manifest.spec["selector"]
    wanted = selector if manifest.kind == "Service" else selector["matchLabels"]
    here = [each for each in WORKLOADS if each.namespace == manifest.namespace]
    assert [each.name for each in here if wanted.items() <= each.template["metadata"]["labels"].items()] == [
        manifest.name
    ]


def test_every_workload_has_a_budget_and_a_policy_of_its_own() -> None:
    workloads = {(each.namespace, each.name) for each in WORKLOADS}
    assert {(each.namespace, each.name) for each in of_kind("PodDisruptionBudget")} == workloads
    own = [each for each in of_kind("NetworkPolicy") if each.spec["podSelector"]]
    names = [each.spec["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for each in own]
    assert {(each.namespace, name) for each, name in zip(own, names, strict=True)} == workloads
