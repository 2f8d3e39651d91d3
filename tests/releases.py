"""The shop in a Kubernetes cluster as two releases of Helm's, deployed as a user would."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from tests.cluster import Cluster, in_both_halves
from tests.forwarding import Forwarding
from tests.pods import BANK, SHOP

# Whose setting each variable is that wins over the values.
OF_SERVICES = {"RECOVERY_AFTER_SECONDS": "productservice", "RECOVERY_INTERVAL_SECONDS": "paymentservice"}


@dataclass(frozen=True)
class Releases(Cluster):
    """`program` is Helm, or nothing for the one on PATH; `former` is the shop whose place it takes."""

    program: str = ""
    former: Cluster | None = None

    @classmethod
    def of(cls, cluster: Cluster, program: str = "") -> Self:
        """In the cluster of another shop."""
        return cls(cluster.folder, cluster.name, cluster.variables, cluster.there, program, cluster)

    @cached_property
    def _forwarding(self) -> Forwarding:
        """The cluster's own, which ends with it."""
        assert self.former
        return self.former._forwarding

    @cached_property
    def environment(self) -> Mapping[str, str]:
        own = super().environment
        return {**own, "PATH": f"{Path(self.program).parent}:{os.environ['PATH']}"} if self.program else own

    def deploy(self) -> None:
        for half in (SHOP, BANK):
            self.install(half, *self.settings(half))

    def install(self, half: str, *options: str) -> None:
        """Deploy one half that has not been there, which the gate may not have borne."""
        self.renew_gate()
        self.upgrade(half, *options)

    def upgrade(self, half: str, *options: str) -> None:
        self.setup("helm", "deploy", "-r", half, *options)

    def settings(self, half: str) -> list[str]:
        """The variables, as options."""
        if half == BANK:
            return []
        named = ((OF_SERVICES[name], name, value) for name, value in self.variables.items())
        return [f"--set={service}.config.{name}={value}" for service, name, value in named]

    def undeploy(self, *options: str) -> None:
        in_both_halves(lambda half: self.setup("helm", "delete", "-r", half, *options))
        self.renew_gate()

    def helm(self, half: str, *arguments: str, seconds: float = 300, check: bool = True) -> Any:
        """Run Helm itself, on one release's namespace."""
        return self.run(self.program or "helm", *arguments, f"--namespace={half}", seconds=seconds, check=check)
