"""Two releases of Helm's: what is made for them is kept, what is deleted is gone, and what is to be kept is found."""

import pytest

from local.catalogue import PROGRAMS
from local.waiting import holds_within
from tests.blackbox.shop import Shop
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
from tests.pods import BANK, HALVES, SHOP
from tests.releases import Releases

pytestmark = pytest.mark.timeout(900)


def assert_one_shop(releases: Releases) -> None:
    """Random credentials, of which both halves know one, and one certificate."""
    assert_random(credentials(releases))
    assert {side: label_of_secrets(releases, side) for side in HALVES} == dict.fromkeys(HALVES, {"random"})
    assert releases.secret(SHOP, "tls") == releases.secret(BANK, "tls")


@pytest.mark.parametrize("half", HALVES)
def test_helm_test_buys_and_is_refused_and_leaves_no_pods(releases: Releases, half: str) -> None:
    releases.helm(half, "test", half)
    assert releases.get("pods", f"--namespace={half}", "--selector=app.kubernetes.io/component=test")["items"] == []


def test_a_test_that_fails_fails_and_stays_to_be_looked_at(releases: Releases) -> None:
    releases.upgrade(BANK, "--set=test.fail=true")
    tested = releases.helm(BANK, "test", BANK, check=False)
    said = releases.kubectl("logs", f"--namespace={BANK}", "helm-test-fail").stdout
    releases.kubectl("delete", "pod", f"--namespace={BANK}", "helm-test-fail")
    releases.upgrade(BANK, "--set=test.fail=false")
    assert tested.returncode == 1
    assert "error: 402, not 200" in said


@pytest.mark.parametrize("half", HALVES)
def test_to_deploy_it_again_changes_neither_credentials_nor_pods(releases: Releases, half: str) -> None:
    made, pods = credentials(releases), [releases.pods(program) for program in PROGRAMS]
    releases.upgrade(half)
    assert credentials(releases) == made
    assert [releases.pods(program) for program in PROGRAMS] == pods


def test_claims_that_are_kept_bring_all_back(releases: Releases, shop: Shop) -> None:
    purchase, made = Purchase(shop), credentials(releases)
    releases.undeploy("--keep-claims")
    for side in HALVES:
        assert_data_left(releases, side)
    releases.deploy()
    releases.believe()
    until_healed(releases.urls)
    assert credentials(releases) == made
    assert purchase.told() == purchase.known


def test_nothing_is_left_of_releases_that_are_deleted_and_the_bank_may_come_first(
    releases: Releases, shop: Shop
) -> None:
    assert_one_shop(releases)  # as made when the shop came first
    former = credentials(releases)
    releases.undeploy()
    for side in HALVES:
        assert_left(releases, side, set())
    assert holds_within(GONE_WITHIN, lambda: volumes(releases) == []), volumes(releases)
    for half in (BANK, SHOP):
        releases.install(half, *releases.settings(half))
    releases.believe()
    until_healed(releases.urls)
    assert_one_shop(releases)
    assert not set(credentials(releases).values()) & set(former.values())
    Purchase(shop)
