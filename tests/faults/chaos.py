"""The faults: programs killed and frozen at random, from a seed, so that a bad run can be run again."""

import random
import time
from dataclasses import dataclass

from tests.faults.programs import Programs

KILL_CHANCE = 0.55
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
    """What is done to whom, and how long it lasts: zero for a kill, which supervision mends."""

    pause: float
    target: str
    frozen_for: float

    def __str__(self) -> str:
        deed = f"frozen for {self.frozen_for:.1f} s" if self.frozen_for else "killed"
        return f"{self.target} {deed}"


def plan(seed: int, seconds: float) -> list[Fault]:
    """The faults of a run, always the same for a seed."""
    dice = random.Random(seed)
    faults: list[Fault] = []
    spent = 0.0
    while spent < seconds:
        frozen_for = 0.0 if dice.random() < KILL_CHANCE else dice.uniform(*FREEZE)
        faults.append(Fault(dice.uniform(*PAUSE), dice.choice(TARGETS), frozen_for))
        spent += faults[-1].pause + faults[-1].frozen_for
    return faults


def carry_out(fault: Fault, programs: Programs) -> bool:
    """Do it; whether there was anybody to do it to."""
    time.sleep(fault.pause)
    if not fault.frozen_for:
        return programs.kill(fault.target)
    hit = programs.freeze(fault.target)
    try:
        time.sleep(fault.frozen_for)
    finally:
        programs.thaw(fault.target)
    return hit
