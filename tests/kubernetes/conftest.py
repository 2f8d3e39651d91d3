"""The shop as its customers know it; and README before all else."""

from pathlib import Path

import pytest

from local.catalogue import SERVICES
from tests.blackbox.shop import Shop
from tests.cluster import Cluster

PAGE = Path(__file__).with_name("test_readme.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who types README makes a cluster of his own: best while there is no other, as two are much for one machine."""
    items.sort(key=lambda item: item.path != PAGE)


@pytest.fixture
def shop(cluster: Cluster) -> Shop:
    return Shop({each.plural: cluster.urls[each.name] for each in SERVICES})
