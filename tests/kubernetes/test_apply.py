"""Apply and delete: what is there already stays as it is, what is deleted is gone, and what is to be kept is found."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.catalogue import PROGRAMS
from local.waiting import holds_within
from tests.blackbox.shop import Shop
from tests.cluster import Cluster
from tests.faults.aftermath import until_healed
from tests.kubernetes.contents import (
    GONE_WITHIN,
    assert_data_left,
    assert_left,
    assert_random,
    credentials,
    label_of_secrets,
    volumes,
)
from tests.kubernetes.purchase import Purchase
from tests.pods import HALVES, NAMESPACES

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def borrowed(any_cluster: Cluster) -> Iterator[Cluster]:
    """A cluster in which a test may deploy the shop and delete it: it begins without one, and has one afterwards."""
    any_cluster.leave()
    yield any_cluster
    any_cluster.have()


@pytest.fixture
def emptied(borrowed: Cluster) -> Cluster:
    """One without a shop."""
    borrowed.undeploy()
    return borrowed


@pytest.fixture
def filled(borrowed: Cluster) -> Cluster:
    """One with a shop, whatever its credentials."""
    if not all(borrowed.pods(program) for program in PROGRAMS):
        have_a_shop(borrowed)
    return borrowed


@pytest.fixture
def deployed(borrowed: Cluster) -> Cluster:
    """One with a shop, under the credentials that everybody knows."""
    known = all(label_of_secrets(borrowed, side) == {"development"} for side in HALVES)
    if not known or not all(borrowed.pods(program) for program in PROGRAMS):
        borrowed.undeploy()
        have_a_shop(borrowed)
    return borrowed


def have_a_shop(cluster: Cluster) -> None:
    cluster.deploy()
    cluster.believe()
    until_healed(cluster.urls)


def manifests(side: str) -> list[str]:
    """As `./setup.sh kubectl apply` names them."""
    own = [f"{program}/k8s" for program in PROGRAMS if NAMESPACES[program] == side]
    return [f"--filename={each}" for each in (f"ingress/k8s/{side}/namespace.yaml", f"ingress/k8s/{side}", *own)]


def wishes(cluster: Cluster, side: str) -> dict[str, Any]:
    """All that the manifests have put into the cluster, without what the cluster says of it."""
    found = cluster.get(*manifests(side))["items"]
    return {f"{each['kind']} {each['metadata']['name']}": _without_words_of_the_clusters(each) for each in found}


def _without_words_of_the_clusters(found: Any) -> Any:
    about = {key: value for key, value in found["metadata"].items() if key not in ("managedFields", "resourceVersion")}
    return {**found, "metadata": about, "status": None}


@pytest.mark.parametrize("order", [HALVES, HALVES[::-1]], ids=["eshop first", "wallet first"])
def test_a_shop_with_random_credentials_works_and_keeps_them(
    emptied: Cluster, shop: Shop, order: tuple[str, str]
) -> None:
    for side in order:
        emptied.setup("kubectl", "apply", side, "--random-secrets")
    emptied.believe()
    until_healed(emptied.urls)
    Purchase(shop)
    made = credentials(emptied)
    assert_random(made)

    for side in order:
        emptied.setup("kubectl", "apply", side)
    assert credentials(emptied) == made
    Purchase(shop)


def test_nothing_is_left_of_a_shop_that_is_deleted(filled: Cluster) -> None:
    filled.undeploy()
    for side in HALVES:
        assert_left(filled, side, set())
    assert holds_within(GONE_WITHIN, lambda: volumes(filled) == []), volumes(filled)


@pytest.mark.parametrize("side", HALVES)
def test_what_runs_is_what_the_manifests_say(deployed: Cluster, side: str) -> None:
    difference = deployed.kubectl("diff", *manifests(side), check=False)
    assert difference.returncode == 0, difference.stdout + difference.stderr


@pytest.mark.parametrize("side", HALVES)
def test_to_apply_it_again_changes_nothing(deployed: Cluster, side: str) -> None:
    pods = [deployed.pods(program) for program in PROGRAMS]
    before = wishes(deployed, side)
    deployed.setup("kubectl", "apply", side)
    assert wishes(deployed, side) == before
    assert len(before) >= 15
    assert [deployed.pods(program) for program in PROGRAMS] == pods


def test_claims_that_are_kept_bring_all_back(deployed: Cluster, shop: Shop) -> None:
    purchase = Purchase(shop)
    deployed.undeploy("--keep-claims")
    for side in HALVES:
        assert_data_left(deployed, side)
    deployed.deploy()
    until_healed(deployed.urls)
    assert purchase.told() == purchase.known
