"""What of the shop is in a cluster: credentials, claims' volumes, and all else by name."""

import re
from collections.abc import Mapping

from chassis.settings import DEVELOPMENT
from local.waiting import holds_within
from tests.cluster import Cluster
from tests.pods import BANK, HALVES, SECRETS, SHOP

CLAIMS = {SHOP: ("data-mongodb-0",), BANK: ("data-postgresql-0",)}
# What Kubernetes itself puts into every namespace, and its memories of what happened there.
OF_KUBERNETES = re.compile(r"configmap/kube-root-ca.crt|serviceaccount/default|event(\.events\.k8s\.io)?/.*")
GONE_WITHIN = 60.0  # seconds; what belonged to something deleted is swept up later


def label_of_secrets(cluster: Cluster, side: str) -> set[str]:
    found = cluster.get("secrets", f"--namespace={side}", "--selector=eshop.com/credentials")["items"]
    return {each["metadata"]["labels"]["eshop.com/credentials"] for each in found}


def credentials(cluster: Cluster) -> dict[tuple[str, str], str]:
    found = {name: cluster.secret(side, name) for side in HALVES for name in SECRETS[side]}
    return {(name, key): value for name, secret in found.items() for key, value in secret.items()}


def assert_random(made: Mapping[tuple[str, str], str]) -> None:
    """Nobody knows them, and both sides know one token."""
    assert not [each for each, value in made.items() if DEVELOPMENT in value]
    assert made["paymentservice", "internal-token"] == made["walletservice", "internal-token"]
    assert len(set(made.values())) == len(made) - 1, "each is another, but for the token that both sides know"


def everything_in(cluster: Cluster, side: str) -> set[str]:
    """The names of all that is in a namespace, of every kind that this cluster knows."""
    kinds = cluster.kubectl("api-resources", "--namespaced", "--verbs=list", "--output=name").stdout.split()
    names = cluster.kubectl("get", ",".join(kinds), f"--namespace={side}", "--output=name").stdout.split()
    return {each for each in names if not OF_KUBERNETES.fullmatch(each)}


def assert_left(cluster: Cluster, side: str, names: set[str]) -> None:
    """Just this is in a namespace, or soon will be."""
    if not holds_within(GONE_WITHIN, lambda: everything_in(cluster, side) == names):
        assert everything_in(cluster, side) == names


def assert_data_left(cluster: Cluster, side: str) -> None:
    """Just the claims, and the credentials that belong to what is in them."""
    claims = {f"persistentvolumeclaim/{each}" for each in CLAIMS[side]}
    assert_left(cluster, side, claims | {f"secret/{each}" for each in SECRETS[side]})


def volumes(cluster: Cluster) -> list[str]:
    found = cluster.get("persistentvolumes")["items"]
    return [each["metadata"]["name"] for each in found if each["spec"]["claimRef"]["namespace"] in HALVES]
