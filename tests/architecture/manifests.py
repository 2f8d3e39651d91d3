"""The Kubernetes manifests, loaded once: every object with the file it stands in, and what runs in it."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.catalogue import PROGRAMS
from tests import pods

ROOT = Path(__file__).resolve().parents[2]
NAMESPACES = {program: pods.NAMESPACES[program] for program in PROGRAMS}  # the folders with manifests of their own
GATE = "ingress-nginx-controller"
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


@dataclass(frozen=True, eq=False)
class Manifest:
    file: Path
    body: dict[str, Any]

    def __str__(self) -> str:
        return self.file.as_posix()

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Empty for what belongs to the whole cluster."""
        return str(self.body["metadata"].get("namespace", ""))

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.body["metadata"].get("labels", {}))

    @property
    def spec(self) -> dict[str, Any]:
        return dict(self.body["spec"])

    @property
    def template(self) -> dict[str, Any]:
        """Of a workload: what each of its pods is made from."""
        return dict(self.spec["template"])

    @property
    def pod(self) -> dict[str, Any]:
        return dict(self.template["spec"])


@dataclass(frozen=True, eq=False)
class Container:
    workload: Manifest
    body: dict[str, Any]
    runs_first: bool  # an init container: runs once, ends, and is asked nothing

    def __str__(self) -> str:
        return f"{self.workload.name}/{self.body['name']}"

    @property
    def twin(self) -> str:
        """The container of docker-compose.yaml that is the same program; the gate's have none."""
        return "walletschema" if self.body["name"] == "schema" else str(self.body["name"])


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice; YAML's own takes the last one, and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key) for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, f"a key stands twice: {keys}", node.start_mark)
        return super().construct_mapping(node, deep)


def documents(text: str) -> list[Any]:
    return list(yaml.load_all(text, _Loader))


def of_kind(*kinds: str) -> list[Manifest]:
    return [each for each in MANIFESTS if each.kind in kinds]


def the(kind: str, namespace: str, name: str) -> Manifest:
    [found] = [each for each in of_kind(kind) if (each.namespace, each.name) == (namespace, name)]
    return found


def _load() -> Iterator[Manifest]:
    for file in sorted(ROOT.glob("*/k8s/**/*.yaml")):
        for body in documents(file.read_text()):
            yield Manifest(file.relative_to(ROOT), body)


def _containers() -> Iterator[Container]:
    for workload in WORKLOADS:
        for body in workload.pod.get("initContainers", []):
            yield Container(workload, body, runs_first=True)
        for body in workload.pod["containers"]:
            yield Container(workload, body, runs_first=False)


MANIFESTS = list(_load())
WORKLOADS = of_kind("Deployment", "StatefulSet")
CONTAINERS = list(_containers())
WITH_TWINS = [each for each in CONTAINERS if each.workload.name != GATE]
