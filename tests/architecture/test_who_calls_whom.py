"""Who calls whom: the picture, one line a call, and the NetworkPolicies, which must amount to it exactly."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from tests.architecture.manifests import GATE, WORKLOADS, Manifest, of_kind
from tests.architecture.policies import Pod, Policies, Port, is_about, is_one_of

PICTURE = {
    ("the world", GATE, "80"),
    ("the world", GATE, "443"),
    (GATE, "userservice", "5000"),
    (GATE, "productservice", "5000"),
    (GATE, "orderservice", "5000"),
    (GATE, "paymentservice", "5000"),
    (GATE, "walletservice", "5000"),
    ("paymentservice", "userservice", "5050"),
    ("paymentservice", "productservice", "5050"),
    ("paymentservice", "orderservice", "5050"),
    ("paymentservice", "walletservice", "5050"),
    ("userservice", "mongodb", "27017"),
    ("productservice", "mongodb", "27017"),
    ("orderservice", "mongodb", "27017"),
    ("mongodb", "mongodb", "27017"),  # members of the replica set
    ("walletservice", "postgresql", "5432"),
    (GATE, "the cluster's API", "443"),
    (GATE, "the cluster's API", "6443"),
    (GATE, GATE, "443"),  # nobody means it: the API may be anywhere, so its port is open to all
    ("every pod behind it", "DNS", "53/UDP"),
    ("every pod behind it", "DNS", "53"),
}
OURS = [Pod(each.name, each.namespace, each.template["metadata"]["labels"]) for each in WORKLOADS]
BEHIND_THE_GATE = [each for each in OURS if each.name != GATE]
# Pods of nobody we know: where all is forbidden; where nothing is, and there with our labels, too; and no pods at all.
AMONG_US = [Pod(f"a stranger in {each}", each) for each in ("eshop", "wallet")]
ELSEWHERE = [
    Pod("a stranger", "default"),
    Pod("a stranger beside the gate", "ingress-nginx"),
    *(Pod(f"a false {each.name}", "default", each.labels) for each in OURS),
    Pod("who is outside", None),
]
DNS = Pod("DNS", "kube-system", {"k8s-app": "kube-dns"})
API = Pod("the cluster's API", None)
ANY_OTHER = Port(9999)


def shown(port: Port) -> str:
    return f"{port.number}/{port.protocol}".removesuffix("/TCP")


def ports(workload: Manifest) -> list[Port]:
    found = [each for container in workload.pod["containers"] for each in container["ports"]]
    return [Port(each["containerPort"], each.get("protocol", "TCP")) for each in found]


def expected() -> Iterator[tuple[str, str, str]]:
    groups = {"the world": ELSEWHERE, "every pod behind it": [*BEHIND_THE_GATE, *AMONG_US]}
    for caller, callee, port in PICTURE:
        if caller in groups:
            yield from ((each.name, callee, port) for each in groups[caller])
        else:
            yield caller, callee, port


PORTS = {each.name: ports(each) for each in WORKLOADS} | {
    DNS.name: [Port(53, "UDP"), Port(53), Port(9153)],
    API.name: [Port(443), Port(6443)],
}


def calls(allow: Callable[[Pod, Pod, Port], bool], callers: list[Pod], callees: list[Pod]) -> set[tuple[str, str, str]]:
    return {
        (caller.name, callee.name, shown(port))
        for caller, callee in product(callers, callees)
        for port in [*PORTS[callee.name], ANY_OTHER]
        if allow(caller, callee, port)
    }


@pytest.fixture(scope="module")
def policies() -> Policies:
    return Policies(
        [each.body for each in of_kind("NetworkPolicy")], {each.name: each.labels for each in of_kind("Namespace")}
    )


def test_whoever_is_in_the_picture_may_call_and_nobody_else(policies: Policies) -> None:
    everybody, called = [*OURS, *AMONG_US, *ELSEWHERE], [*OURS, DNS, API]
    free = {(caller.name, callee.name) for caller, callee in product(ELSEWHERE, [DNS, API])}  # not ours to forbid
    allowed = {each for each in calls(policies.allow, everybody, called) if each[:2] not in free}
    assert allowed == set(expected())


def test_each_side_says_the_same(policies: Policies) -> None:
    """A line that only one of the two allows would open as soon as the other errs."""
    tried = {ANY_OTHER, *(port for each in BEHIND_THE_GATE for port in PORTS[each.name])}
    for caller, callee, port in product(OURS, [*BEHIND_THE_GATE, *AMONG_US], tried):
        out, into = policies.let_out(caller, callee, port), policies.let_in(caller, callee, port)
        assert out == into, (caller.name, callee.name, port)


def test_whom_no_policy_names_nobody_calls(policies: Policies) -> None:
    for caller, stranger in product([*OURS, *AMONG_US, *ELSEWHERE], AMONG_US):
        assert not policies.let_in(caller, stranger, ANY_OTHER)


def lines() -> Iterator[tuple[dict[str, Any], str, dict[str, Any] | None, dict[str, Any] | None]]:
    """Each policy taken apart: one direction, one peer, one port."""
    for policy in (each.body for each in of_kind("NetworkPolicy")):
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(direction, []):
                for peer, port in product(rule.get(peers) or [None], rule.get("ports") or [None]):
                    yield policy, direction, peer, port


def test_every_line_of_a_policy_is_about_somebody(policies: Policies) -> None:
    """A name that is mistyped allows nothing, and neither does one that has gone."""
    for policy, direction, peer, port in lines():
        here = policy["metadata"]["namespace"]
        found = [each for each in [*OURS, DNS, API] if policies.finds(peer, here, each)]
        own = [each for each in OURS if each.namespace == here and is_about(policy, each)]
        called = found if direction == "egress" else own
        assert found, (policy["metadata"], peer)
        assert any(is_one_of(port, each) for pod in called for each in PORTS[pod.name]), (policy["metadata"], port)
