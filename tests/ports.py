"""Ports for what the tests start, beside whatever else runs on this machine."""

import random
from collections.abc import Iterable

from local import listeners
from local.ports import FREE_RANGE


def free_ports(names: Iterable[str]) -> dict[str, int]:
    """A free port for each name, none that the system lends to outgoing connections."""
    candidates = random.sample(FREE_RANGE, len(FREE_RANGE))
    free = (port for port in candidates if not listeners.why_not(port))
    return {name: next(free) for name in names}
