"""What is stored outlives the pods that store it."""

import pytest

from local.catalogue import DATABASES
from tests.blackbox.shop import Shop
from tests.cluster import Cluster
from tests.faults.aftermath import until_healed
from tests.kubernetes.purchase import Purchase
from tests.pods import NAMESPACES

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("options", [[], ["--grace-period=0", "--force"]], ids=["deleted", "deleted by force"])
def test_all_is_there_again_after_the_databases_pods_were(cluster: Cluster, shop: Shop, options: list[str]) -> None:
    purchase = Purchase(shop)
    former = {name: cluster.pods(name) for name in DATABASES}
    for name, [pod] in former.items():
        cluster.kubectl("delete", "pod", f"--namespace={NAMESPACES[name]}", pod.name, *options)
    until_ready(cluster)
    assert all(set(cluster.pods(name)).isdisjoint(pods) for name, pods in former.items())
    assert purchase.told() == purchase.known


def until_ready(cluster: Cluster) -> None:
    for name in DATABASES:
        cluster.until_rolled_out(name)
    until_healed(cluster.urls)
