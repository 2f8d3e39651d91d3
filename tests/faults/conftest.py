"""Whom the faults hit: the programs of the shop, in the way that --shop names."""

import pytest

from local.shop import Shop
from tests.cluster import Cluster
from tests.compose import Compose
from tests.faults.pods import Pods
from tests.faults.programs import Containers, Processes, Programs
from tests.running import RunningShop


@pytest.fixture(scope="session")
def programs(running: RunningShop) -> Programs:
    if isinstance(running, Cluster):
        return Pods(running)
    if isinstance(running, Compose):
        return Containers(running)
    assert isinstance(running, Shop)
    return Processes(running)
