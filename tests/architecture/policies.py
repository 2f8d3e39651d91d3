"""What NetworkPolicies allow: as much of their language as ours speak. Whatever else one says, it is Unknown."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

Labels = Mapping[str, str]


class Unknown(Exception):
    """A policy says what is not understood here, so nothing can be said of it."""


@dataclass(frozen=True, eq=False)
class Pod:
    """Or what is no pod, outside of the cluster: it has no namespace then, and no selector finds it."""

    name: str
    namespace: str | None
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True)
class Port:
    number: int
    protocol: str = "TCP"


@dataclass(frozen=True)
class Policies:
    policies: list[dict[str, Any]]
    namespaces: Mapping[str, Labels]

    def let_out(self, caller: Pod, callee: Pod, port: Port) -> bool:
        return self._allow("Egress", "to", caller, callee, port)

    def let_in(self, caller: Pod, callee: Pod, port: Port) -> bool:
        return self._allow("Ingress", "from", callee, caller, port)

    def allow(self, caller: Pod, callee: Pod, port: Port) -> bool:
        return self.let_out(caller, callee, port) and self.let_in(caller, callee, port)

    def _allow(self, direction: str, peers: str, pod: Pod, other: Pod, port: Port) -> bool:
        """Whoever no policy speaks of in this direction is free; to everybody else, one rule is enough."""
        about = [each for each in self.policies if direction in each["spec"]["policyTypes"] and is_about(each, pod)]
        rules = [(each, rule) for each in about for rule in each["spec"].get(direction.lower(), [])]
        return not about or any(self._rule_allows(each, rule, peers, other, port) for each, rule in rules)

    def _rule_allows(self, policy: dict[str, Any], rule: dict[str, Any], peers: str, other: Pod, port: Port) -> bool:
        _know(rule, {peers, "ports"})
        here = policy["metadata"]["namespace"]
        ports = [is_one_of(each, port) for each in rule.get("ports") or [None]]
        found = [self.finds(each, here, other) for each in rule.get(peers) or [None]]
        return any(ports) and any(found)

    def finds(self, peer: dict[str, Any] | None, here: str, other: Pod) -> bool:
        """Without a peer: everybody. Two selectors must both match; without the one for namespaces it is `here`."""
        if peer is None:
            return True
        _know(peer, {"podSelector", "namespaceSelector"})
        if not peer:
            raise Unknown("a peer that names nobody")
        if other.namespace is None:
            return False
        if "namespaceSelector" in peer:
            near = _matches(peer["namespaceSelector"], self._labels(other.namespace))
        else:
            near = other.namespace == here
        return near and _matches(peer.get("podSelector", {}), other.labels)

    def _labels(self, namespace: str) -> Labels:
        return {**self.namespaces.get(namespace, {}), "kubernetes.io/metadata.name": namespace}


def is_about(policy: dict[str, Any], pod: Pod) -> bool:
    spec = policy["spec"]
    _know(spec, {"podSelector", "policyTypes", "ingress", "egress"})
    if not {"ingress", "egress"}.intersection(spec) <= {each.lower() for each in spec["policyTypes"]}:
        raise Unknown(f"{policy['metadata']['name']} has rules for a direction that it does not name")
    return policy["metadata"]["namespace"] == pod.namespace and _matches(spec["podSelector"], pod.labels)


def is_one_of(named: dict[str, Any] | None, port: Port) -> bool:
    if named is None:
        return True
    _know(named, {"port", "protocol"})
    number, protocol = named.get("port", port.number), named.get("protocol", "TCP")
    if not isinstance(number, int):
        raise Unknown(f"the port {number}, whose number each pod says for itself")
    return Port(number, protocol) == port


def _matches(selector: dict[str, Any], labels: Labels) -> bool:
    _know(selector, {"matchLabels"})
    wanted: Labels = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


def _know(said: dict[str, Any], known: Set[str]) -> None:
    if not set(said) <= known:
        raise Unknown(f"{sorted(set(said) - known)} in a NetworkPolicy")
