"""A shop that runs, and what can be done to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.answers import IN_DOUBT, Status
from tests.faults.chaos import KILL_CHANCE, TARGETS
from tests.faults.programs import Programs
from tests.running import RunningShop


@dataclass(frozen=True)
class Place:
    """`where` is for people, and `status` the command that shows them what is wrong there."""

    on: str
    where: str
    status: str
    shop: RunningShop
    programs: Programs
    in_doubt: frozenset[Status] = IN_DOUBT
    targets: Sequence[str] = TARGETS
    scalable: Sequence[str] = ()
    kill_chance: float = KILL_CHANCE
    notes: Sequence[str] = ()
