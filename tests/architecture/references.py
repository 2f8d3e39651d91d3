"""Which objects, and which keys of them, a manifest names."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.architecture.manifests import MANIFESTS, WORKLOADS, Manifest

TLS = ("tls.crt", "tls.key")


class Reference(NamedTuple):
    kind: str
    namespace: str
    name: str
    key: str = ""  # none: the whole


def existing(manifests: list[Manifest] = MANIFESTS) -> Iterator[Reference]:
    for each in manifests:
        yield Reference(each.kind, each.namespace, each.name)
        for data in ("data", "stringData", "binaryData"):
            yield from (Reference(each.kind, each.namespace, each.name, key) for key in each.body.get(data, {}))


def references(manifest: Manifest) -> Iterator[Reference]:
    yield from _anywhere(manifest.body, manifest.namespace)
    if manifest in WORKLOADS:
        yield from _in_arguments(manifest)
    if "roleRef" in manifest.body:
        role = manifest.body["roleRef"]
        yield Reference(role["kind"], manifest.namespace if role["kind"] == "Role" else "", role["name"])
        yield from (Reference(each["kind"], each["namespace"], each["name"]) for each in manifest.body["subjects"])


def _anywhere(node: Any, namespace: str) -> Iterator[Reference]:
    """Wherever it stands, a word of these means the same: in `env`, `envFrom`, `volumes`, `spec`."""
    if isinstance(node, list):
        for each in node:
            yield from _anywhere(each, namespace)
    if isinstance(node, dict):
        for word, value in node.items():
            yield from _named_by(word, value, namespace)
            yield from _anywhere(value, namespace)


def _named_by(word: str, value: Any, namespace: str) -> Iterator[Reference]:
    match word:
        case "configMapRef":
            yield Reference("ConfigMap", namespace, value["name"])
        case "secretRef":
            yield Reference("Secret", namespace, value["name"])
        case "configMapKeyRef":
            yield Reference("ConfigMap", namespace, value["name"], value["key"])
        case "secretKeyRef":
            yield Reference("Secret", namespace, value["name"], value["key"])
        case "configMap" | "secret":  # a volume
            whole = Reference("ConfigMap" if word == "configMap" else "Secret", namespace, _name_of(value))
            yield from (whole._replace(key=each["key"]) for each in value.get("items", [{"key": ""}]))
        case "tls":
            yield from (Reference("Secret", namespace, each["secretName"], key) for each in value for key in TLS)
        case "ingressClassName":
            yield Reference("IngressClass", "", value)
        case "serviceAccountName":
            yield Reference("ServiceAccount", namespace, value)
        case "serviceName":
            yield Reference("Service", namespace, value)
        case "scaleTargetRef":
            yield Reference(value["kind"], namespace, value["name"])
        case "persistentVolumeClaim":
            yield Reference("PersistentVolumeClaim", namespace, value["claimName"])


def _name_of(volume: dict[str, Any]) -> str:
    return str(volume["secretName"] if "secretName" in volume else volume["name"])


def _in_arguments(workload: Manifest) -> Iterator[Reference]:
    """The controller takes the names of objects as arguments."""
    for container in workload.pod["containers"]:
        arguments = " ".join(container.get("args", [])).replace("$(POD_NAMESPACE)", workload.namespace)
        for namespace, name in re.findall(r"-nginx-configmaps=(\S+)/(\S+)", arguments):
            yield Reference("ConfigMap", namespace, name)
        for namespace, name in re.findall(r"-default-server-tls-secret=(\S+)/(\S+)", arguments):
            yield from (Reference("Secret", namespace, name, key) for key in TLS)
        for name in re.findall(r"-ingress-class=(\S+)", arguments):
            yield Reference("IngressClass", "", name)
