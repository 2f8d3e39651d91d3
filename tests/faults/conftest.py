"""Whom the faults hit: the programs of the shop, in the way that --shop names."""

import pytest

from local.shop import Shop
from tests.compose import Compose
from tests.faults.programs import Containers, Processes, Programs


@pytest.fixture(scope="session")
def programs(running: Shop | Compose) -> Programs:
    return Containers(running) if isinstance(running, Compose) else Processes(running)
