"""A port of this machine that leads to a cluster's gate, for as long as it is needed."""

import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.pods import CONTROLLER, GATE
from tests.ports import free_ports

AGAIN_AFTER = 0.3  # seconds


@contextmanager
def forwarded(environment: Mapping[str, str]) -> Iterator[int]:
    """`kubectl port-forward` ends when the pod ends that it has chosen; another takes its place at the same port."""
    port = free_ports(["GATE_PORT"])["GATE_PORT"]
    command = ["kubectl", "port-forward", f"--namespace={GATE}", f"service/{CONTROLLER}", f"{port}:443"]
    over = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not over.is_set():
            away = subprocess.DEVNULL
            running[:] = [subprocess.Popen(command, env=environment, stdin=away, stdout=away, stderr=away)]
            if over.is_set():
                running[0].kill()
            running[0].wait()
            over.wait(AGAIN_AFTER)

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield port
    finally:
        over.set()
        for each in running:
            each.kill()
        keeper.join()
