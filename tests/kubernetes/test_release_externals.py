"""Databases elsewhere take the place of the releases' own, by values alone; and back."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chassis.settings import DEVELOPMENT
from local.catalogue import DATABASES, PROGRAMS
from tests.architecture.manifests import MANIFESTS
from tests.blackbox.shop import Shop
from tests.faults.aftermath import until_healed
from tests.kubernetes.purchase import Purchase
from tests.pods import BANK, SHOP, workload
from tests.releases import Releases

ELSEWHERE = "elsewhere"  # stands for somebody else's machines: no policy and no release of ours is there
MONGODB = f"mongodb://eshop:{DEVELOPMENT}-eshop@mongodb.{ELSEWHERE}:27017/eshop?replicaSet=rs0&authSource=admin"
THERE = {
    SHOP: {"mongodb.enabled": "false", "global.externalMongodb.uri": MONGODB},
    BANK: {
        "postgresql.enabled": "false",
        "global.externalPostgresql.host": f"postgresql.{ELSEWHERE}",
        "global.externalPostgresql.ownerPassword": f"{DEVELOPMENT}-owner",
        "global.externalPostgresql.appPassword": f"{DEVELOPMENT}-app",
    },
}
HERE = {
    SHOP: {"mongodb.enabled": "true", "global.externalMongodb.uri": ""},
    BANK: {
        "postgresql.enabled": "true",
        "global.externalPostgresql.host": "",
        "global.externalPostgresql.ownerPassword": "",
        "global.externalPostgresql.appPassword": "",
    },
}

pytestmark = pytest.mark.timeout(900)


def databases() -> dict[str, Any]:
    """Both, from the plain manifests, in that other namespace, and open to all."""
    bodies: list[Any] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ELSEWHERE}}]
    for each in MANIFESTS:
        if each.file.parts[0] in DATABASES and each.kind != "NetworkPolicy":
            text = json.dumps(copy.deepcopy(each.body)).replace(".mongodb.eshop.svc", f".mongodb.{ELSEWHERE}.svc")
            body = json.loads(text)
            body["metadata"]["namespace"] = ELSEWHERE
            bodies.append(body)
    return {"apiVersion": "v1", "kind": "List", "items": bodies}


def use(releases: Releases, values: dict[str, dict[str, str]]) -> None:
    for half in (SHOP, BANK):
        releases.upgrade(half, *(f"--set={name}={value}" for name, value in values[half].items()))
    until_healed(releases.urls)


@contextmanager
def elsewhere(releases: Releases) -> Iterator[None]:
    """The releases go over to databases elsewhere, and come back to their own."""
    try:
        releases.kubectl("apply", "--filename=-", given=json.dumps(databases()))
        for name in DATABASES:
            ready = ("rollout", "status", f"--namespace={ELSEWHERE}", workload(name), "--timeout=120s")
            releases.kubectl(*ready, seconds=130)
        use(releases, THERE)
        yield
    finally:
        use(releases, HERE)
        releases.kubectl("delete", "namespace", ELSEWHERE, "--ignore-not-found", seconds=120)


def test_the_shop_works_over_databases_elsewhere_and_finds_its_own_data_again(releases: Releases, shop: Shop) -> None:
    purchase = Purchase(shop)
    with elsewhere(releases):
        assert {program for program in PROGRAMS if releases.pods(program)} == set(PROGRAMS) - set(DATABASES)
        Purchase(shop)
        assert shop.get("users", f"/users/{purchase.known[0]['_id']}").status_code == 404
    assert purchase.told() == purchase.known
