"""The proof finds a shop in containers, by its project's name, and hurts it as it would a local one."""

import os

import pytest

from tests.compose import Compose
from tests.faults.proving import typed

SHORT = "--on compose --seed 7 --yes --json --seconds 8 --customers 6"


@pytest.mark.timeout(400)
def test_the_shop_in_containers_is_proved(compose: Compose) -> None:
    ran = typed(f"prove {SHORT}", {**os.environ, "COMPOSE_PROJECT_NAME": compose.project})
    assert ran.code == 0, ran.out + ran.err
    assert compose.project in ran.said["where"]
    assert ran.said["verdict"] == "green"
    assert ran.said["hits"] > 0
