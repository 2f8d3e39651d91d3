"""The shop that these tests are customers of. It runs already; it may be full of other people's things."""

import pytest
import requests

from tests.blackbox.shop import Shop


@pytest.fixture(scope="session")
def shop() -> Shop:
    """Fails with what to do when there is none."""
    shop = Shop()
    for service, url in shop.urls.items():
        try:
            shop.get(service, "/health")
        except requests.ConnectionError:
            pytest.exit(f"No {service} service answers at {url}. Start the shop: ./setup.sh local up", returncode=1)
    return shop
