"""The faults themselves: the same for a seed, one deed each, and nobody stays frozen."""

from dataclasses import dataclass, field

import pytest

from tests.faults import chaos
from tests.faults.chaos import Fault


@dataclass
class Recorded:
    """Programs that take note of what is done to them."""

    there: bool = True
    deeds: list[str] = field(default_factory=list)

    def kill(self, name: str) -> bool:
        self.deeds.append(f"kill {name}")
        return self.there

    def freeze(self, name: str) -> bool:
        self.deeds.append(f"freeze {name}")
        return self.there

    def thaw(self, name: str) -> None:
        self.deeds.append(f"thaw {name}")


def test_a_seed_always_has_the_same_faults_and_another_seed_has_others() -> None:
    assert chaos.plan(1, 60) == chaos.plan(1, 60) != chaos.plan(2, 60)


def test_who_is_killed_is_not_frozen() -> None:
    programs = Recorded()
    assert chaos.carry_out(Fault(0, "mongodb", 0), programs)
    assert programs.deeds == ["kill mongodb"]


def test_who_is_frozen_is_thawed() -> None:
    programs = Recorded()
    assert chaos.carry_out(Fault(0, "mongodb", 0.001), programs)
    assert programs.deeds == ["freeze mongodb", "thaw mongodb"]


def test_who_is_frozen_is_thawed_even_when_the_run_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(seconds: float) -> None:
        if seconds:
            raise KeyboardInterrupt

    monkeypatch.setattr("tests.faults.chaos.time.sleep", broken_off)
    programs = Recorded()
    with pytest.raises(KeyboardInterrupt):
        chaos.carry_out(Fault(0, "mongodb", 2.0), programs)
    assert programs.deeds == ["freeze mongodb", "thaw mongodb"]


@pytest.mark.parametrize("frozen_for", [0, 0.001], ids=["killed", "frozen"])
def test_a_fault_that_hits_nobody_says_so(frozen_for: float) -> None:
    assert not chaos.carry_out(Fault(0, "mongodb", frozen_for), Recorded(there=False))
