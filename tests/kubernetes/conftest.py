"""The shop as its customers know it."""

import pytest

from local.catalogue import SERVICES
from tests.blackbox.shop import Shop
from tests.cluster import Cluster


@pytest.fixture
def shop(cluster: Cluster) -> Shop:
    return Shop({each.plural: cluster.urls[each.name] for each in SERVICES})
