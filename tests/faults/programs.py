"""The shop's programs as victims: killed, frozen and thawed, and scaled where the way it runs knows of that."""

import signal
from contextlib import suppress
from typing import Protocol

import psutil

from local.shop import Shop
from tests.compose import Compose

AS_IT_WAS = 0  # replicas


class Programs(Protocol):
    """Five services and two databases by name."""

    def kill(self, name: str) -> bool:
        """End a program as a machine that dies would, and see that it starts again; whether there was one."""

    def freeze(self, name: str) -> bool:
        """Stop a program where it stands, as a machine that stalls would; whether there was one."""

    def thaw(self, name: str) -> None:
        """Let a frozen program go on."""

    def scale(self, name: str, replicas: int) -> bool:
        """Have so many of a program, or as many as there were (AS_IT_WAS); whether that can be."""
        return False

    def mend(self) -> None:
        """Put back what is still hurt, as where a run was broken off."""
        return


class Processes(Programs):
    """Process trees of this machine; supervision starts again what was killed."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._frozen: dict[str, list[psutil.Process]] = {}

    def kill(self, name: str) -> bool:
        return _signal(self._tree(name), signal.SIGKILL)

    def freeze(self, name: str) -> bool:
        self._frozen[name] = self._tree(name)
        return _signal(self._frozen[name], signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        _signal(self._frozen.pop(name, []), signal.SIGCONT)

    def mend(self) -> None:
        for name in list(self._frozen):
            self.thaw(name)

    def _tree(self, name: str) -> list[psutil.Process]:
        pid = self._shop.processes().get(name)
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(pid) if pid else None
            return [parent, *parent.children(recursive=True)] if parent else []
        return []


class Containers(Programs):
    """Containers of docker's, each with all of its processes."""

    def __init__(self, compose: Compose) -> None:
        self._compose = compose
        self._killed: set[str] = set()
        self._frozen: set[str] = set()

    def kill(self, name: str) -> bool:
        self._killed.add(name)
        hit = self._compose.kill(name)
        if hit:
            # Whoever ends a container by `docker kill` wanted it ended, so no restart policy brings it back. One that
            # was down already is its policy's to start, in its own time.
            self._compose.start(name)
        self._killed.discard(name)
        return hit

    def freeze(self, name: str) -> bool:
        self._frozen.add(name)
        return self._compose.pause(name)

    def thaw(self, name: str) -> None:
        self._compose.unpause(name)
        self._frozen.discard(name)

    def mend(self) -> None:
        for name in list(self._frozen):
            self.thaw(name)
        for name in self._killed:
            self._compose.start(name)


def _signal(processes: list[psutil.Process], number: signal.Signals) -> bool:
    """Whether any of them still was there to take it."""
    hit = False
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
            hit = True
    return hit
