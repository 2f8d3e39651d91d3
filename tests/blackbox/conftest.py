"""The shop that these tests are customers of: one that runs already, or else the tests' own.

USERS_URL, PRODUCTS_URL, PAYMENTS_URL, WALLETS_URL and ORDERS_URL name one that runs; it may be full of other people's
things. Where they name hosts that no DNS knows, tests/web.py says what else to set.
"""

import os
from collections.abc import Mapping

import pytest
import requests

from tests.blackbox.shop import SERVICES, Shop
from tests.conftest import WAYS

VARIABLES = {name: f"{name.upper()}_URL" for name in SERVICES}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Where there are two ways to run the tests' own shop, both give the same."""
    ways = WAYS[metafunc.config.getoption("--shop")]
    if len(ways) > 1 and "way" in metafunc.fixturenames and not _named_by_the_environment():
        metafunc.parametrize("way", ways, indirect=True, scope="session")


@pytest.fixture(scope="session")
def shop(request: pytest.FixtureRequest, way: str) -> Shop:
    """Fails with what to do when nobody answers."""
    shop = Shop(_named_by_the_environment() or request.getfixturevalue("addresses"))
    for service, url in shop.urls.items():
        try:
            shop.get(service, "/health")
        except requests.ConnectionError:
            pytest.exit(f"No {service} service answers at {url}, which {VARIABLES[service]} names.", returncode=1)
    return shop


def _named_by_the_environment() -> Mapping[str, str]:
    named = {name: os.environ[variable] for name, variable in VARIABLES.items() if os.environ.get(variable)}
    if named and len(named) < len(VARIABLES):
        pytest.exit(f"Set all or none of {', '.join(VARIABLES.values())}.", returncode=1)
    return named
