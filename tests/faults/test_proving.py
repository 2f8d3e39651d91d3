"""The proof on a shop that runs: green with the real checkout, red with a naive one; the books balance after both."""

import os
import subprocess
from collections.abc import Mapping

import psutil
import pytest

from local.settings import CHECKOUT
from local.shop import Shop
from local.waiting import holds_within
from tests.faults.proving import typed

FREEZES_MONGODB_FIRST = "2"  # for almost five seconds
SHORT = "--on local --yes --seconds 8 --customers 6"


@pytest.fixture
def environment(shop: Shop) -> Mapping[str, str]:
    return {**os.environ, "ESHOP_STATE": str(shop.settings.state)}


def test_the_shop_is_proved(environment: Mapping[str, str]) -> None:
    ran = typed(f"prove --seed 7 --json {SHORT}", environment)
    assert ran.code == 0, ran.out + ran.err
    assert (ran.said["verdict"], ran.said["on"], ran.said["seed"]) == ("green", "local", 7)
    assert ran.said["completed"] > 0
    assert ran.said["hits"] > 0
    assert ran.said["calm"]["payments"] > 0
    assert " of 8 s, faults: " in ran.err, "no progress was shown"


def test_a_naive_checkout_is_found_out_and_leaves_books_that_balance(environment: Mapping[str, str]) -> None:
    ran = typed(f"prove --seed 7 --unsafe --json {SHORT}", environment)
    assert ran.code == 1, ran.out + ran.err
    assert ran.said["verdict"] == "red"
    assert ran.complaints("purchases"), ran.said["own"]
    here = [each.info for each in psutil.process_iter(["cmdline", "cwd"]) if each.info["cwd"] == str(CHECKOUT)]
    assert not any("naive.checkout" in " ".join(each["cmdline"] or ()) for each in here)
    audited = typed("audit --on local", environment)
    assert audited.code == 0, audited.out
    assert audited.out.splitlines()[-1].startswith("GREEN")


def test_whoever_breaks_it_off_finds_nothing_frozen(environment: Mapping[str, str], shop: Shop) -> None:
    command = ["./setup.sh", "prove", "--seed", FREEZES_MONGODB_FIRST, *SHORT.split()]
    mongod = psutil.Process(shop.processes()["mongodb"])
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stderr=subprocess.PIPE, text=True) as proof:
        assert holds_within(60, lambda: mongod.status() == psutil.STATUS_STOPPED)
        proof.terminate()
        _, said = proof.communicate(timeout=60)
    assert proof.returncode == 130, said
    assert "what was hurt has been put back" in said
    assert mongod.status() != psutil.STATUS_STOPPED
