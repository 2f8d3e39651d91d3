"""The shop's programs as victims: each can be killed, and frozen and thawed, whichever way it runs."""

import random
import signal
from contextlib import suppress
from typing import Protocol

import psutil

from local.shop import Shop
from tests.cluster import Cluster
from tests.compose import Compose
from tests.pods import Pod


class Programs(Protocol):
    """Five services and two databases by name."""

    def kill(self, name: str) -> bool:
        """End a program as a machine that dies would, and see that it starts again; whether there was one."""

    def freeze(self, name: str) -> bool:
        """Stop a program where it stands, as a machine that stalls would; whether there was one."""

    def thaw(self, name: str) -> None:
        """Let a frozen program go on."""


class Processes:
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

    def _tree(self, name: str) -> list[psutil.Process]:
        pid = self._shop.processes().get(name)
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(pid) if pid else None
            return [parent, *parent.children(recursive=True)] if parent else []
        return []


class Containers:
    """Containers of docker's, each with all of its processes."""

    def __init__(self, compose: Compose) -> None:
        self._compose = compose

    def kill(self, name: str) -> bool:
        hit = self._compose.kill(name)
        if hit:
            # Whoever ends a container by `docker kill` wanted it ended, so no restart policy brings it back. One that
            # was down already is its policy's to start, in its own time.
            self._compose.start(name)
        return hit

    def freeze(self, name: str) -> bool:
        return self._compose.pause(name)

    def thaw(self, name: str) -> None:
        self._compose.unpause(name)


class Pods:
    """Pods of a cluster's, each with all of its processes; where a program has several, any of them."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._frozen: dict[str, Pod] = {}

    def kill(self, name: str) -> bool:
        self._cluster.renew_gate()  # an ingress controller may not bear a service whose only pod is gone
        pod = self._any(name)
        return pod is not None and self.end(pod)

    def end(self, pod: Pod) -> bool:
        """As if its machine had gone. A container that only died would be started again later and later."""
        hit = self._cluster.signal(pod, "KILL")
        self._cluster.forget(pod)
        return hit

    def freeze(self, name: str) -> bool:
        pod = self._any(name)
        if pod:
            self._frozen[name] = pod
        return pod is not None and self._cluster.signal(pod, "STOP")

    def thaw(self, name: str) -> None:
        if pod := self._frozen.pop(name, None):
            self._cluster.signal(pod, "CONT")

    def _any(self, name: str) -> Pod | None:
        pods = self._cluster.pods(name)
        return random.choice(pods) if pods else None


def _signal(processes: list[psutil.Process], number: signal.Signals) -> bool:
    """Whether any of them still was there to take it."""
    hit = False
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
            hit = True
    return hit
