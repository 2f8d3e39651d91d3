"""Which ports this shop takes: a variable's, else those it had, else the usual ones, else (databases) any."""

import json
import random
import sys
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from local import listeners
from local.catalogue import DEFAULT_PORTS, FIXED_PORTS, MONGO_PORT, POSTGRES_PORT, service_named
from local.errors import PortTaken, WrongCall
from local.layout import write_private

# Below the ports that systems lend to outgoing connections: one of those would stand in a restarted server's way.
FREE_RANGE = range(15_000, 32_000)


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
    chosen: dict[str, int] = {}
    fixed_first = sorted(DEFAULT_PORTS, key=lambda name: name not in explicit and name not in FIXED_PORTS)
    for name in fixed_first:
        wanted = explicit.get(name) or remembered.get(name) or DEFAULT_PORTS[name]
        if name in explicit or name in FIXED_PORTS:
            _demand(name, wanted, own=own, taken=chosen)
            chosen[name] = wanted
        else:
            candidates = [wanted, DEFAULT_PORTS[name], *_any_order()]
            chosen[name] = next(port for port in candidates if _is_usable(port, own, chosen))
    return Ports({name: chosen[name] for name in DEFAULT_PORTS})


def free_ports() -> Ports:
    """Ports for a shop beside the user's own, as tests need it."""
    candidates = (port for port in _any_order() if not listeners.why_not(port))
    return Ports({name: next(candidates) for name in DEFAULT_PORTS})


def load_ports(file: Path) -> dict[str, int]:
    return {name: int(port) for name, port in json.loads(file.read_text()).items()} if file.exists() else {}


def save_ports(file: Path, ports: Ports) -> None:
    write_private(file, json.dumps(dict(ports.numbers), indent=1) + "\n")


def _is_usable(port: int, own: Set[int], taken: Mapping[str, int]) -> bool:
    return port not in taken.values() and (port in own or not listeners.why_not(port))


def _demand(name: str, port: int, *, own: Set[int], taken: Mapping[str, int]) -> None:
    for other, number in taken.items():
        if number == port:
            raise WrongCall(f"{name} and {other} are both {port}", advice=f"set {name} to another port")
    reason = "" if port in own else listeners.why_not(port)
    if reason:
        holder = listeners.holder(port)
        raise PortTaken(
            f"port {port} ({name}) is {reason}" + (f", by {holder}" if holder else ""),
            advice=f"stop that, or move the shop: {name}={port + 1000} ./setup.sh local up{_airplay(port)}",
        )


def _airplay(port: int) -> str:
    if sys.platform != "darwin" or port != 5000:
        return ""
    return "\n  on a Mac it is often AirPlay Receiver: System Settings, General, AirDrop & Handoff turns it off"


def _any_order() -> Iterator[int]:
    start = random.randrange(len(FREE_RANGE))
    return (FREE_RANGE[(start + step) % len(FREE_RANGE)] for step in range(len(FREE_RANGE)))
