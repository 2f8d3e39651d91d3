"""Which ports this shop takes: a variable's, else those it had, else the usual ones, else (databases) any."""

import json
import random
import sys
from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from local import listeners
from local.catalogue import DEFAULT_PORTS, FIXED_PORTS, MONGO_PORT, POSTGRES_PORT, service_named
from local.errors import PortTaken, WrongCall
from local.layout import write_private

# Below the ports that systems lend to outgoing connections: one of those would stand in a restarted server's way.
FREE_RANGE = range(15_000, 32_000)
# What is offered in place of a taken port: a round step away, and none that browsers refuse to open.
STEP, HIGHEST = 100, 65_535
BROWSERS_REFUSE = frozenset({5060, 5061, 6000, 6566, *range(6665, 6670), 6697, 10_080})
AIRPLAY = "\n  on a Mac it is often AirPlay Receiver: System Settings, General, AirDrop & Handoff turns it off"


@dataclass(frozen=True)
class Ports:
    numbers: Mapping[str, int]

    def public(self, service: str) -> int:
        return self.numbers[service_named(service).port_variable]

    def internal(self, service: str) -> int:
        return self.numbers[service_named(service).internal_port_variable]

    @property
    def mongodb(self) -> int:
        return self.numbers[MONGO_PORT]

    @property
    def postgresql(self) -> int:
        return self.numbers[POSTGRES_PORT]


def choose_ports(*, explicit: Mapping[str, int], remembered: Mapping[str, int], own: Set[int]) -> Ports:
    """`own` are the ports on which this very shop listens already."""
    wanted = {name: explicit.get(name) or remembered.get(name) or usual for name, usual in DEFAULT_PORTS.items()}
    chosen = {name: port for name, port in wanted.items() if name in explicit or name in FIXED_PORTS}
    _demand_distinct(chosen)
    _demand_free(chosen, explicit=explicit, own=own)
    for name in (name for name in DEFAULT_PORTS if name not in chosen):
        candidates = [wanted[name], DEFAULT_PORTS[name], *_any_order()]
        chosen[name] = next(port for port in candidates if _is_usable(port, own, chosen))
    return Ports({name: chosen[name] for name in DEFAULT_PORTS})


def load_ports(file: Path) -> dict[str, int]:
    return {name: int(port) for name, port in json.loads(file.read_text()).items()} if file.exists() else {}


def save_ports(file: Path, ports: Ports) -> None:
    write_private(file, json.dumps(dict(ports.numbers), indent=1) + "\n")


def _is_usable(port: int, own: Set[int], taken: Mapping[str, int]) -> bool:
    return port not in taken.values() and (port in own or not listeners.why_not(port))


def _demand_distinct(ports: Mapping[str, int]) -> None:
    names: dict[int, str] = {}
    for name, port in ports.items():
        if port in names:
            raise WrongCall(f"{name} and {names[port]} are both {port}", advice=f"set {name} to another port")
        names[port] = name


def _demand_free(ports: Mapping[str, int], *, explicit: Mapping[str, int], own: Set[int]) -> None:
    """All that are taken in one complaint: nobody wants to learn of them one start at a time."""
    reasons = {name: listeners.why_not(port) for name, port in ports.items() if port not in own}
    taken = [name for name, reason in reasons.items() if reason]
    if not taken:
        return
    complaints = [f"port {ports[name]} ({name}) is {reasons[name]}{_holder(ports[name])}" for name in taken]
    offer = " ".join(f"{name}={port}" for name, port in _way_out(ports, taken, explicit).items())
    airplay = AIRPLAY if sys.platform == "darwin" and 5000 in (ports[name] for name in taken) else ""
    raise PortTaken(
        "\n       ".join(complaints),
        advice=f"stop what is there, or move the shop: {offer} ./setup.sh local up{airplay}",
    )


def _holder(port: int) -> str:
    holder = listeners.holder(port)
    return f", by {holder}" if holder else ""


def _way_out(ports: Mapping[str, int], taken: Collection[str], explicit: Mapping[str, int]) -> dict[str, int]:
    """Where one service has to move, all do, and stay neighbours; what the user has set and is free stays."""
    offered = {name: port for name, port in explicit.items() if name not in taken}
    moving = FIXED_PORTS if FIXED_PORTS.intersection(taken) else taken
    for name in (name for name in ports if name not in offered and (name in moving or name in taken)):
        candidates = [*range(ports[name] + STEP, HIGHEST + 1, STEP), *range(ports[name] - STEP, 1024, -STEP)]
        offered[name] = next(
            port for port in candidates if port not in BROWSERS_REFUSE and _is_usable(port, set(), offered)
        )
    return {name: offered[name] for name in DEFAULT_PORTS if name in offered}


def _any_order() -> Iterator[int]:
    start = random.randrange(len(FREE_RANGE))
    return (FREE_RANGE[(start + step) % len(FREE_RANGE)] for step in range(len(FREE_RANGE)))
