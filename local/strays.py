"""Processes of this shop that nobody supervises any more, as after a supervisord that was killed."""

import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from local.errors import LocalError

STOP_SECONDS = 20


@dataclass(frozen=True)
class Mark:
    """A pair of neighbouring arguments that only a process of this very shop has on its command line."""

    arguments: tuple[str, ...]

    def is_on(self, command: Sequence[str]) -> bool:
        width = len(self.arguments)
        return any(tuple(command[start : start + width]) == self.arguments for start in range(len(command)))


def find(marks: Iterable[Mark]) -> list[psutil.Process]:
    wanted = tuple(marks)
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if process.status() != psutil.STATUS_ZOMBIE and any(mark.is_on(command) for mark in wanted):
                found.append(process)
        except psutil.Error:  # gone, or another user's
            continue
    return found


def end(marks: Iterable[Mark]) -> None:
    """Politely, then not. A stopped process gets to hear of it too."""
    wanted = tuple(marks)
    processes = find(wanted)
    for process in processes:
        _ask(process)
    psutil.wait_procs(processes, timeout=STOP_SECONDS)
    left = find(wanted)
    for process in left:
        _kill(process)
    psutil.wait_procs(left, timeout=STOP_SECONDS)
    stubborn = find(wanted)
    if stubborn:
        pids = " ".join(str(item.pid) for item in stubborn)
        raise LocalError(
            f"these processes do not end: {pids}",
            advice=f"sudo kill -9 {pids}, or restart the machine; then type the same command again",
        )


def _ask(process: psutil.Process) -> None:
    with suppress(psutil.Error):
        # All of them take it for "stop now, cleanly"; on SIGTERM PostgreSQL would wait for its clients.
        process.send_signal(signal.SIGINT)
        process.resume()


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.Error):
        process.kill()
