"""The oldest Helm that is promised takes a release through its life, too; the bank's, which is the smaller one."""

import pytest

from tests.blackbox.shop import Shop
from tests.faults.aftermath import until_healed
from tests.helm.binaries import OLDEST, binary
from tests.kubernetes.contents import credentials
from tests.kubernetes.purchase import Purchase
from tests.pods import BANK, SHOP
from tests.releases import Releases

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def oldest(spoilt_releases: Releases) -> Releases:
    """The same releases in the hands of another Helm."""
    oldest = Releases.of(spoilt_releases, binary(OLDEST))
    assert oldest.helm(BANK, "version", "--short").stdout.startswith(f"v{OLDEST}")
    return oldest


def test_a_release_is_installed_upgraded_rolled_back_tested_and_deleted(oldest: Releases, shop: Shop) -> None:
    oldest.setup("helm", "delete", "-r", BANK)
    oldest.install(BANK)
    until_healed(oldest.urls)
    purchase, made = Purchase(shop), credentials(oldest)

    def level() -> str:
        return str(oldest.get("configmap", f"--namespace={BANK}", "walletservice")["data"]["LOG_LEVEL"])

    oldest.upgrade(BANK, "--set=walletservice.config.LOG_LEVEL=DEBUG")
    assert level() == "DEBUG"
    oldest.helm(BANK, "rollback", BANK, "--wait")
    assert level() == "INFO"
    oldest.helm(BANK, "test", BANK)
    oldest.setup("helm", "delete", "-r", BANK, "--keep-claims")
    oldest.install(BANK)
    until_healed(oldest.urls)
    assert credentials(oldest) == made
    assert purchase.told() == purchase.known
    oldest.helm(SHOP, "test", SHOP)
