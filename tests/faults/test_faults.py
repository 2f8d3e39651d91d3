"""Nothing is lost: services and databases are killed and frozen under load, and the books must balance."""

import os
import random

import pytest

from tests.cluster import Cluster
from tests.faults.answers import BEHIND_A_GATE, IN_DOUBT
from tests.faults.programs import Programs
from tests.faults.undisturbed import run
from tests.running import RunningShop

SECONDS = float(os.environ.get("FAULT_SECONDS", "60"))
SEEDS = [int(each) for each in os.environ.get("FAULT_SEEDS", "").split()] or [random.SystemRandom().randrange(10**6)]


@pytest.mark.timeout(SECONDS + 420)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_books_balance_after_kills_and_freezes(running: RunningShop, programs: Programs, seed: int) -> None:
    in_doubt = BEHIND_A_GATE if isinstance(running, Cluster) else IN_DOUBT
    report = run(running, programs, seed=seed, seconds=SECONDS, in_doubt=in_doubt)
    print(report)
    assert report.violations == [], f"run it again with FAULT_SEEDS={seed} FAULT_SECONDS={SECONDS:g}"
    assert report.completed > 0
    assert report.hits >= SECONDS / 10
    assert sum(report.answers.get(each, 0) for each in in_doubt) > 0, "the faults hit nobody's purchase"
