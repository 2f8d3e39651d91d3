"""From one way to the other: a half is refused with what to type, nothing of it is changed, and its data can move."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.blackbox.shop import Shop
from tests.compose import CommandFailed
from tests.faults.aftermath import until_healed
from tests.kubernetes.contents import assert_data_left, credentials
from tests.kubernetes.purchase import Purchase
from tests.pods import BANK, CONTROLLER, SECRETS, SHOP
from tests.releases import Releases

pytestmark = pytest.mark.timeout(900)

BY_NAME = [f"--set=global.secrets.{name}.existing={name}" for name in SECRETS[BANK]]


def versions(releases: Releases) -> dict[str, str]:
    """What is in the bank's namespace; another text when it is made anew, or is to be something else."""
    kinds = "deployments,statefulsets,services,ingresses,networkpolicies,secrets,configmaps,persistentvolumeclaims"
    found: list[Any] = releases.get(kinds, f"--namespace={BANK}")["items"]
    about = {f"{each['kind']} {each['metadata']['name']}": each["metadata"] for each in found}
    return {name: f"{each['uid']} {each.get('generation')}" for name, each in about.items()}


def show_the_shop_s_certificate(releases: Releases) -> None:
    """At the bank by kubectl, too: two certificates of one name confuse a client that believes both."""
    data = releases.get("secret", f"--namespace={SHOP}", "tls")["data"]
    patch = json.dumps({"data": data})
    releases.kubectl("patch", "secret", f"--namespace={BANK}", "tls", f"--patch={patch}")
    for gate in releases.pods(CONTROLLER):  # another one has surely read it
        releases.forget(gate)
    releases.until_rolled_out(CONTROLLER)


@pytest.fixture
def bank_by_kubectl(spoilt_releases: Releases) -> Iterator[Releases]:
    """The shop by Helm, and a new bank by kubectl, with random credentials; afterwards none is kubectl's."""
    releases = spoilt_releases
    try:
        releases.setup("helm", "delete", "-r", BANK)
        releases.renew_gate()
        releases.setup("kubectl", "apply", BANK, "--random-secrets")
        show_the_shop_s_certificate(releases)
        until_healed(releases.urls)
        yield releases
    finally:
        releases.setup("kubectl", "delete", BANK, check=False)  # refused where it is Helm's by now


def test_what_helm_has_deployed_kubectl_neither_applies_nor_deletes(spoilt_releases: Releases) -> None:
    before = versions(spoilt_releases)
    for deed in ("apply", "delete"):
        with pytest.raises(CommandFailed, match=f"wallet was deployed by Helm\n.*./setup.sh helm delete -r {BANK}"):
            spoilt_releases.setup("kubectl", deed, BANK)
    assert versions(spoilt_releases) == before


def test_what_kubectl_has_applied_helm_takes_over_only_when_it_is_told_how(
    bank_by_kubectl: Releases, shop: Shop
) -> None:
    releases = bank_by_kubectl
    purchase, before, made = Purchase(shop), versions(releases), credentials(releases)

    with pytest.raises(CommandFailed, match=f"wallet was applied by kubectl\n.*./setup.sh kubectl delete {BANK}"):
        releases.upgrade(BANK)
    with pytest.raises(CommandFailed, match=f"wallet was applied by kubectl: first `./setup.sh kubectl delete {BANK}"):
        releases.helm(BANK, "upgrade", "--install", BANK, f"helm/{BANK}")  # who does without setup.sh hears it, too
    assert versions(releases) == before

    releases.setup("kubectl", "delete", BANK, "--keep-claims")
    assert_data_left(releases, BANK)
    with pytest.raises(CommandFailed, match=f"credentials that are not Helm's are in {BANK}.*existing=walletservice"):
        releases.upgrade(BANK)
    assert_data_left(releases, BANK)
    releases.install(BANK, *BY_NAME)
    until_healed(releases.urls)
    assert credentials(releases) == made
    assert purchase.told() == purchase.known
    releases.helm(SHOP, "test", SHOP)
