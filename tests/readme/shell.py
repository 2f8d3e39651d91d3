"""A shell for commands as they stand on a page."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import psutil

from local.waiting import holds_within

ENDING_SECONDS = 10


@dataclass(frozen=True)
class Shell:
    process: subprocess.Popen[bytes]
    output: Path
    errors: Path

    def printed(self) -> str:
        """So far."""
        return self.output.read_text()

    def shows(self, lines: int) -> bool:
        return self.printed().count("\n") >= lines

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def said(self) -> str:
        """What it has printed, and complained of, so far."""
        return f"{self.printed()}{self.errors.read_text()[-4000:]}"

    def end(self) -> None:
        """Kill it, and all that it has started, in whatever group of processes: its session is its own."""
        holds_within(ENDING_SECONDS, lambda: not any([self._kill(pid) for pid in psutil.pids()]))
        self.process.wait()

    def _kill(self, pid: int) -> bool:
        """Whether it was one of them."""
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getsid(pid) == self.process.pid and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                os.kill(pid, signal.SIGKILL)
                return True
        return False


@contextmanager
def started(commands: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Shell]:
    """A shell that runs them. What they leave running goes on, unless somebody ends the shell, or something fails."""
    # Into files, since what goes on would hold a pipe open.
    with NamedTemporaryFile() as output, NamedTemporaryFile() as errors:
        process = subprocess.Popen(
            ["bash", "-e", "-c", commands], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=output, stderr=errors, start_new_session=True,
        )  # fmt: skip
        shell = Shell(process, Path(output.name), Path(errors.name))
        try:
            yield shell
        except BaseException:
            shell.end()
            raise
