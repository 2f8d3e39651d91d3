"""The proof finds a shop in the cluster of the current context, deletes its pods, scales it, and puts it back."""

from collections.abc import Mapping

import pytest

from local.catalogue import SERVICE_NAMES
from tests.cluster import Cluster
from tests.faults.proving import typed

SCALES_AND_KILLS = 14
SHORT = f"--on kubernetes --seed {SCALES_AND_KILLS} --yes --json --seconds 12 --customers 4"


def replicas(cluster: Cluster) -> Mapping[str, int]:
    return {name: cluster.replicas(name) for name in SERVICE_NAMES}


@pytest.mark.timeout(600)
def test_the_shop_in_the_cluster_is_proved(cluster: Cluster) -> None:
    before = replicas(cluster)
    ran = typed(f"prove {SHORT}", cluster.environment)
    assert ran.code == 0, ran.out + ran.err
    assert f"kind-{cluster.name}" in ran.said["where"]
    assert ran.said["where"].endswith("by kubectl")
    assert ran.said["verdict"] == "green"
    assert any("scaled" in each for each in ran.said["faults"])
    assert replicas(cluster) == before
