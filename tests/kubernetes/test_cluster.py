"""A cluster that exists already: whoever asks for it again gets it in the state of a new one."""

import pytest

from tests.cluster import Cluster
from tests.pods import BANK, CONTROLLER, GATE, SHOP

OF_A_CLUSTER = ("ingress/k8s/controller", *(f"ingress/k8s/{each}/namespace.yaml" for each in (SHOP, BANK)))

pytestmark = pytest.mark.timeout(600)


def test_one_that_has_lost_something_gets_it_back(cluster: Cluster) -> None:
    enforced = "pod-security.kubernetes.io/enforce"
    # An object that nobody looks at meanwhile. (A controller may end for want of its ConfigMap.)
    cluster.kubectl("delete", "poddisruptionbudget", f"--namespace={GATE}", CONTROLLER)
    cluster.kubectl("label", "namespace", BANK, f"{enforced}-")
    cluster.kubectl("config", "unset", "current-context")

    cluster.setup("kubernetes", "kind", "-n", cluster.name)

    assert cluster.kubectl("config", "current-context").stdout.strip() == f"kind-{cluster.name}"
    difference = cluster.kubectl("diff", *(f"--filename={each}" for each in OF_A_CLUSTER), check=False)
    assert difference.returncode == 0, difference.stdout + difference.stderr
