"""The tests' own understanding of NetworkPolicies, against what Kubernetes' documentation says of them."""

import pytest

from tests.architecture.manifests import documents
from tests.architecture.policies import Pod, Policies, Port, Unknown

A, B = Pod("a", "shop", {"name": "a"}), Pod("b", "shop", {"name": "b"})
FAR = Pod("far", "bank", {"name": "a"})
WEB = Port(80)


def policy(spec: str) -> Policies:
    [parsed] = documents(f"podSelector: {{matchLabels: {{name: b}}}}\npolicyTypes: [Ingress]\n{spec}")
    return Policies([{"metadata": {"name": "b", "namespace": "shop"}, "spec": parsed}], {"bank": {"rich": "yes"}})


@pytest.mark.parametrize(
    ("spec", "who"),
    [
        ("", ""),
        ("ingress: []", ""),
        ("ingress: [{}]", "a far"),
        ("ingress: [{ports: [{port: 80}]}]", "a far"),
        ("ingress: [{ports: [{port: 81}]}]", ""),
        ("ingress: [{ports: [{port: 80, protocol: UDP}]}]", ""),
        ("ingress: [{from: [{podSelector: {}}]}]", "a"),
        ("ingress: [{from: [{podSelector: {matchLabels: {name: b}}}]}]", ""),
        ("ingress: [{from: [{namespaceSelector: {}}]}]", "a far"),
        ("ingress: [{from: [{namespaceSelector: {matchLabels: {rich: 'yes'}}}]}]", "far"),
        # One peer of two selectors demands both; two peers are alternatives.
        ("ingress: [{from: [{namespaceSelector: {matchLabels: {rich: 'yes'}}, podSelector: {}}]}]", "far"),
        ("ingress: [{from: [{namespaceSelector: {matchLabels: {rich: 'yes'}}}, {podSelector: {}}]}]", "a far"),
    ],
)
def test_a_policy_is_understood_as_kubernetes_does(spec: str, who: str) -> None:
    assert " ".join(each.name for each in (A, FAR) if policy(spec).allow(each, B, WEB)) == who
    assert policy(spec).allow(B, A, WEB), "nothing is said of a"


@pytest.mark.parametrize(
    "spec",
    [
        "egress: [{}]",
        "ingress: [{from: [{}]}]",
        "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]",
        "ingress: [{from: [{podSelector: {matchExpressions: []}}]}]",
        "ingress: [{ports: [{port: 80, endPort: 90}]}]",
        "ingress: [{ports: [{port: web}]}]",
        "ingress: [{to: [{podSelector: {}}]}]",
        "ingres: []",
    ],
)
def test_what_is_not_understood_is_not_passed_over(spec: str) -> None:
    understood = policy(spec)
    with pytest.raises(Unknown):
        understood.allow(A, B, WEB)
