"""Pods that belong to nobody: without labels, or with labels of ours where we are not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster import Cluster

MANIFEST: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "stranger.yaml").read_text())
ELSEWHERE = "strangers"  # a namespace in which nothing is forbidden
AT_ONCE = ("--grace-period=0", "--force", "--ignore-not-found")


@dataclass(frozen=True)
class Stranger:
    namespace: str
    disguise: str = ""  # whose name it bears on its label

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def name(self) -> str:
        return "-".join(filter(None, ("stranger", self.disguise)))

    @property
    def manifest(self) -> dict[str, Any]:
        labels = {"app.kubernetes.io/name": self.disguise} if self.disguise else {}
        return {**MANIFEST, "metadata": {"name": self.name, "namespace": self.namespace, "labels": labels}}


@contextmanager
def among_us(cluster: Cluster, strangers: list[Stranger]) -> Iterator[None]:
    """Strangers who are there for a while."""
    elsewhere = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ELSEWHERE}}
    everybody = {"apiVersion": "v1", "kind": "List", "items": [elsewhere, *(each.manifest for each in strangers)]}
    try:
        cluster.kubectl("apply", "--filename=-", given=json.dumps(everybody))
        for each in strangers:
            ready = ("wait", "--for=condition=Ready", f"--namespace={each.namespace}", f"pod/{each.name}")
            cluster.kubectl(*ready, "--timeout=50s")
        yield
    finally:
        cluster.kubectl("delete", "--filename=-", *AT_ONCE, given=json.dumps(everybody))
