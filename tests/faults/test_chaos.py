"""The faults themselves: the same for a seed, one deed each, and nobody stays frozen."""

from dataclasses import dataclass, field

import pytest

from tests.faults import chaos
from tests.faults.chaos import Fault
from tests.faults.programs import AS_IT_WAS, Programs


@dataclass
class Recorded(Programs):
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

    def scale(self, name: str, replicas: int) -> bool:
        self.deeds.append(f"scale {name} {replicas}")
        return self.there


def test_a_seed_always_has_the_same_faults_and_another_seed_has_others() -> None:
    assert chaos.plan(1, 60) == chaos.plan(1, 60) != chaos.plan(2, 60)


def test_where_nothing_can_be_scaled_nothing_is() -> None:
    assert {each.replicas for each in chaos.plan(1, 600)} == {None}


def test_who_is_scaled_is_scaled_back_before_it_is_scaled_again() -> None:
    services = ("userservice", "orderservice")
    plan = chaos.plan(1, 600, scalable=services)
    assert plan == chaos.plan(1, 600, scalable=services)
    for service in services:
        scaled = [each.replicas for each in plan if each.target == service and each.replicas is not None]
        assert len(scaled) > 2
        assert set(scaled[0::2]) <= {2, 3}
        assert set(scaled[1::2]) == {AS_IT_WAS}


def test_who_is_scaled_is_neither_killed_nor_frozen() -> None:
    programs = Recorded()
    assert chaos.carry_out(Fault(0, "userservice", 0, replicas=2), programs)
    assert chaos.carry_out(Fault(0, "userservice", 0, replicas=AS_IT_WAS), programs)
    assert programs.deeds == ["scale userservice 2", f"scale userservice {AS_IT_WAS}"]


def test_a_fault_says_what_it_does() -> None:
    faults = (Fault(0, "x", 0), Fault(0, "x", 1.25), Fault(0, "x", 0, 3), Fault(0, "x", 0, AS_IT_WAS))
    assert [str(each) for each in faults] == ["x killed", "x frozen for 1.2 s", "x scaled to 3", "x scaled back"]


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
