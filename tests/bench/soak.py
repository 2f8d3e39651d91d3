"""Minutes of the same load: what the programs hold of memory before, meanwhile and after."""

from typing import Any

from local.shop import Shop
from tests.bench.load import CREATED
from tests.bench.memory import memory
from tests.bench.rounds import Say, Subject

CLIENTS = 128
STEP = 30.0  # seconds between two looks


def soak(shop: Shop, subject: Subject, *, minutes: float, say: Say) -> dict[str, Any]:
    """128 clients for so many minutes; MiB by program at rest, and every half minute."""
    looks = [memory(shop)]
    rates = []
    for number in range(max(1, round(minutes * 60 / STEP))):
        say(f"soak: {number * STEP:.0f} of {minutes * 60:.0f} s, {sum(looks[-1].values()):.0f} MiB")
        rates.append(round(subject.load(CLIENTS, STEP).rate(CREATED), 1))
        looks.append(memory(shop))
    return {"minutes": minutes, "rates": rates, "mib": looks}
