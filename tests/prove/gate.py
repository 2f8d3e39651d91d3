"""A port of this machine that leads to a cluster's gate, for as long as it is needed."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.cluster import HOSTS
from tests.pods import CONTROLLER, GATE
from tests.ports import free_ports

AGAIN_AFTER, ASKED_AFTER, ANSWERS_WITHIN = 0.3, 1.0, 2.0  # seconds
BEARS = 3  # times in a row that it leads nowhere


@contextmanager
def forwarded(environment: Mapping[str, str]) -> Iterator[int]:
    """`kubectl port-forward` does not follow a gate that is replaced; another takes its place at the same port."""
    port = free_ports(["GATE_PORT"])["GATE_PORT"]
    command = ["kubectl", "port-forward", f"--namespace={GATE}", f"service/{CONTROLLER}", f"{port}:443"]
    over = threading.Event()

    def keep() -> None:
        away = subprocess.DEVNULL
        while not over.is_set():
            with subprocess.Popen(command, env=environment, stdin=away, stdout=away, stderr=away) as process:
                _watch(process, port, over)
                process.kill()
            over.wait(AGAIN_AFTER)

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield port
    finally:
        over.set()
        keeper.join()


def _watch(process: subprocess.Popen[bytes], port: int, over: threading.Event) -> None:
    """Until it ends, or is not needed any more, or leads nowhere: it may not notice that its pod is gone."""
    failures = 0
    while process.poll() is None and failures < BEARS and not over.wait(ASKED_AFTER):
        failures = 0 if _leads_to_a_gate(port) else failures + 1


def _leads_to_a_gate(port: int) -> bool:
    """Whether there is somebody who speaks TLS; whom the certificate names is for those to ask who send something."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=ANSWERS_WITHIN) as connection,
            context.wrap_socket(connection, server_hostname=HOSTS["userservice"]),
        ):
            return True
    except OSError:
        return False
