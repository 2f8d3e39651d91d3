"""The Kubernetes manifests: Kubernetes knows each, and it stands and is called as its kind and component say."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes_validate import ValidationError, validate  # type: ignore[import-untyped]

from local.catalogue import DATABASES, SERVICE_NAMES
from tests.architecture.manifests import GATE, MANIFESTS, NAMESPACES, ROOT, WORKLOADS, Manifest, documents, of_kind

OLDEST, NEWEST = "1.30", "1.36"  # preStop's `sleep` works from 1.30 on
PLACES = {"controller": "ingress-nginx", "eshop": "eshop", "wallet": "wallet"}  # below ingress/k8s, and the namespace
OF_THE_CLUSTER = {"Namespace", "ClusterRole", "ClusterRoleBinding", "IngressClass"}
IN_NAMESPACES = {
    *("ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "PodDisruptionBudget"),
    *("Role", "RoleBinding", "Secret", "Service", "ServiceAccount", "StatefulSet"),
}
OF_ALL = {"ConfigMap", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"}
OF_A_SERVICE = {*OF_ALL, "Deployment", "HorizontalPodAutoscaler"}
OF_A_DATABASE = {*OF_ALL, "StatefulSet", "Secret"}
WITH_SECRET = {"paymentservice", "walletservice"}
LABEL = "app.kubernetes.io/"


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("manifest", MANIFESTS, ids=str)
def test_kubernetes_knows_every_field(manifest: Manifest, version: str) -> None:
    validate(manifest.body, version, strict=True)


def test_the_oldest_is_the_one_that_the_readme_asks_for() -> None:
    assert f"kubectl {OLDEST} or later" in (ROOT / "README.md").read_text()


def _misplace_a_probe(deployment: dict[str, Any]) -> None:
    pod = deployment["spec"]["template"]["spec"]
    pod["livenessProbe"] = pod["containers"][0].pop("livenessProbe")


def _mistype_a_field(deployment: dict[str, Any]) -> None:
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    container["imagePullPolice"] = container.pop("imagePullPolicy")


def _take_a_number_for_text(deployment: dict[str, Any]) -> None:
    deployment["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = 5


@pytest.mark.parametrize("spoil", [_misplace_a_probe, _mistype_a_field, _take_a_number_for_text])
def test_what_kubernetes_does_not_know_is_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    [deployment] = [copy.deepcopy(each.body) for each in of_kind("Deployment") if each.name == "userservice"]
    spoil(deployment)
    with pytest.raises(ValidationError):
        validate(deployment, NEWEST, strict=True)


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(yaml.YAMLError):
        documents("kind: Secret\nkind: ConfigMap\n")


def test_no_component_is_without_its_manifests() -> None:
    kinds = {name: {each.kind for each in MANIFESTS if each.file.parts[0] == name} for name in NAMESPACES}
    for name in SERVICE_NAMES:
        assert kinds[name] == OF_A_SERVICE | ({"Secret"} if name in WITH_SECRET else set()), name
    for name in DATABASES:
        assert kinds[name] == OF_A_DATABASE, name


@pytest.mark.parametrize(
    "folder", sorted({each.parent for each in ROOT.glob("*/k8s/**/*")}), ids=lambda each: each.name
)
def test_a_folder_holds_manifests_and_folders(folder: Path) -> None:
    assert all(each.suffix == ".yaml" or each.is_dir() for each in folder.iterdir())


@pytest.mark.parametrize("manifest", MANIFESTS, ids=str)
def test_a_file_is_called_as_the_one_kind_in_it(manifest: Manifest) -> None:
    assert [each.kind for each in MANIFESTS if each.file == manifest.file] == [manifest.kind]
    assert manifest.file.name == f"{manifest.kind.lower()}.yaml"


@pytest.mark.parametrize("manifest", MANIFESTS, ids=str)
def test_an_object_names_the_namespace_of_its_folder(manifest: Manifest) -> None:
    """It must not land in whichever namespace kubectl happens to be set to."""
    assert manifest.kind in IN_NAMESPACES | OF_THE_CLUSTER
    assert manifest.namespace == ("" if manifest.kind in OF_THE_CLUSTER else _place(manifest))
    if manifest.kind == "Namespace":
        assert manifest.name == _place(manifest)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=str)
def test_an_object_is_called_as_its_component(manifest: Manifest) -> None:
    component = manifest.file.parts[0]
    if component != "ingress":
        assert manifest.name == component
    assert {key: value for key, value in manifest.labels.items() if key.startswith(LABEL)} == _labels(manifest)


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_a_pod_has_the_labels_of_its_workload(workload: Manifest) -> None:
    assert workload.template["metadata"]["labels"] == workload.labels == _labels(workload)


@pytest.mark.parametrize("manifest", of_kind("Deployment", "StatefulSet", "Service", "PodDisruptionBudget"), ids=str)
def test_a_selector_asks_for_the_name_alone(manifest: Manifest) -> None:
    """A selector of a Deployment can never be changed, and labels may be."""
    selector = manifest.spec["selector"]
    if manifest.kind != "Service":
        assert set(selector) == {"matchLabels"}
        selector = selector["matchLabels"]
    assert selector == {f"{LABEL}name": manifest.name}


def _place(manifest: Manifest) -> str:
    component, _, *folders, _ = manifest.file.parts
    return NAMESPACES[component] if component != "ingress" else PLACES[folders[0]]


def _labels(manifest: Manifest) -> dict[str, str]:
    component = manifest.file.parts[0]
    kind = "database" if component in DATABASES else "service"
    if component == "ingress":
        place = _place(manifest)
        component, kind = (GATE if place == "ingress-nginx" else "gate"), "gate"
    return {f"{LABEL}name": component, f"{LABEL}part-of": _place(manifest), f"{LABEL}component": kind}
