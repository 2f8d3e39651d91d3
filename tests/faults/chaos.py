"""The faults: programs killed, frozen and scaled at random, from a seed, so that a bad run can be run again."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.programs import AS_IT_WAS, Programs

KILL_CHANCE = 0.55
SCALE_CHANCE = 0.12  # where programs can be scaled
REPLICAS = (2, 3)
PAUSE = (0.5, 3.0)  # seconds between two faults
FREEZE = (0.5, 5.0)  # seconds; more than the two after which a reader gives up, less and more than the database's three
TARGETS = (
    "mongodb",
    "postgresql",
    "userservice",
    "productservice",
    "walletservice",
    "orderservice",
    "paymentservice",
)


@dataclass(frozen=True)
class Fault:
    """What is done to whom: frozen for a while, or scaled, or else killed, which supervision mends."""

    pause: float
    target: str
    frozen_for: float
    replicas: int | None = None

    def __str__(self) -> str:
        return f"{self.target} {self.deed}"

    @property
    def deed(self) -> str:
        if self.replicas is not None:
            return f"scaled to {self.replicas}" if self.replicas != AS_IT_WAS else "scaled back"
        return f"frozen for {self.frozen_for:.1f} s" if self.frozen_for else "killed"


def plan(
    seed: int,
    seconds: float,
    *,
    targets: Sequence[str] = TARGETS,
    scalable: Sequence[str] = (),
    kill_chance: float = KILL_CHANCE,
) -> list[Fault]:
    """The faults of a run, always the same for a seed and what can be done to whom."""
    dice = random.Random(seed)
    faults: list[Fault] = []
    scaled: set[str] = set()
    spent = 0.0
    while spent < seconds:
        if scalable and dice.random() < SCALE_CHANCE:
            faults.append(_scaling(dice, scalable, scaled))
        else:
            frozen_for = 0.0 if dice.random() < kill_chance else dice.uniform(*FREEZE)
            faults.append(Fault(dice.uniform(*PAUSE), dice.choice(targets), frozen_for))
        spent += faults[-1].pause + faults[-1].frozen_for
    return faults


def _scaling(dice: random.Random, scalable: Sequence[str], scaled: set[str]) -> Fault:
    """One more or two, and back the next time."""
    target = dice.choice(scalable)
    replicas = AS_IT_WAS if target in scaled else dice.choice(REPLICAS)
    scaled ^= {target}
    return Fault(dice.uniform(*PAUSE), target, 0.0, replicas)


def carry_out(fault: Fault, programs: Programs) -> bool:
    """Do it; whether there was anybody to do it to."""
    time.sleep(fault.pause)
    if fault.replicas is not None:
        return programs.scale(fault.target, fault.replicas)
    if not fault.frozen_for:
        return programs.kill(fault.target)
    try:
        hit = programs.freeze(fault.target)
        time.sleep(fault.frozen_for)
    finally:
        programs.thaw(fault.target)
    return hit
