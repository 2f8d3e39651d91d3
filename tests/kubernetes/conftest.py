"""The shop as its customers know it; and README before all else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.catalogue import SERVICES
from tests.blackbox.shop import Shop
from tests.cluster import Cluster
from tests.releases import Releases

PAGE = Path(__file__).with_name("test_readme.py")
SPOILING = "spoilt_releases"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who types README makes a cluster of his own: best while there is no other, as two are much for one machine.

    Who spoils the shop comes last, when nobody needs a new one any more.
    """
    items.sort(key=lambda item: (item.path != PAGE, SPOILING in getattr(item, "fixturenames", ())))


@pytest.fixture(scope="module")
def cluster(cluster: Cluster) -> Cluster:
    """With the shop by kubectl, also where another test has had it by Helm meanwhile."""
    cluster.have()
    return cluster


@pytest.fixture(scope="module")
def releases(releases: Releases) -> Releases:
    """With the shop by Helm, likewise."""
    releases.have()
    return releases


@pytest.fixture(scope="module")
def spoilt_releases(any_releases: Releases) -> Iterator[Releases]:
    """With the shop by Helm, for tests that need no balanced books, and leave none."""
    any_releases.have_any()
    yield any_releases
    any_releases.spoil()


@pytest.fixture
def shop(any_cluster: Cluster) -> Shop:
    return Shop({each.plural: any_cluster.urls[each.name] for each in SERVICES})
