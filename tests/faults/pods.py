"""A cluster's pods as victims: whose machine goes, which stall, and of which there are more for a while."""

import random

from tests.cluster import Cluster
from tests.faults.programs import AS_IT_WAS, Programs
from tests.pods import Pod


class Pods(Programs):
    """Pods of a cluster's, each with all of its processes; where a program has several, any of them."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._frozen: dict[str, Pod] = {}
        self._replicas: dict[str, int] = {}  # as they were, of what is scaled

    def kill(self, name: str) -> bool:
        self._cluster.renew_gate()  # an ingress controller may not bear a service whose only pod is gone
        pod = self._any(name)
        return pod is not None and self.end(pod)

    def end(self, pod: Pod) -> bool:
        """As if its machine had gone. A container that only died would be started again later and later."""
        hit = self._cluster.signal(pod, "KILL")
        self._cluster.forget(pod)
        return hit

    def freeze(self, name: str) -> bool:
        pod = self._any(name)
        if pod:
            self._frozen[name] = pod
        return pod is not None and self._cluster.signal(pod, "STOP")

    def thaw(self, name: str) -> None:
        if pod := self._frozen.pop(name, None):
            self._cluster.signal(pod, "CONT")

    def scale(self, name: str, replicas: int) -> bool:
        """Where an autoscaler has limits, within them; it may then change its mind again."""
        if replicas == AS_IT_WAS:
            return self._scale_back(name)
        before = self._replicas.setdefault(name, self._cluster.replicas(name))
        wanted = min(replicas, self._cluster.most_replicas(name))
        self._cluster.scale(name, wanted)
        return wanted != before

    def mend(self) -> None:
        for name in list(self._frozen):
            self.thaw(name)
        for name in list(self._replicas):
            self._scale_back(name)

    def _scale_back(self, name: str) -> bool:
        if name in self._replicas:
            self._cluster.scale(name, self._replicas[name])
        return self._replicas.pop(name, None) is not None

    def _any(self, name: str) -> Pod | None:
        pods = self._cluster.pods(name)
        return random.choice(pods) if pods else None
