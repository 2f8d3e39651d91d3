"""Supervisord, which starts the programs, restarts what dies and keeps the logs: run it, ask it, stop it."""

import http.client
import socket
import subprocess
import sys
import xmlrpc.client
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.errors import LocalError
from local.layout import Layout, write_private
from local.supervisor_config import Program, render
from local.waiting import holds_within

ANSWER_SECONDS = 15
START_SECONDS = 15
STOPPED_STATES = ("STOPPED", "EXITED", "FATAL", "UNKNOWN")


@dataclass(frozen=True)
class ProgramState:
    name: str
    state: str
    pid: int
    description: str


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ANSWER_SECONDS)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.close()
            raise


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _Connection(self._path)
        self._connection = host, connection  # where `close` looks for it
        return connection


class Supervisor:
    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    @property
    def is_running(self) -> bool:
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except OSError:
            return False

    def start_daemon(self, programs: Iterable[Program]) -> None:
        """Start it if need be, and in any case let it know the programs as they are now."""
        write_private(self._layout.supervisor_config, render(self._layout, programs))
        if self.is_running:
            self._reload()
            return
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._layout.supervisor_config)]
        started = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)
        if started.returncode != 0 or not holds_within(START_SECONDS, lambda: self.is_running):
            raise LocalError(
                f"supervisord does not start: {(started.stdout + started.stderr).strip()[-500:]}",
                advice=f"read {self._layout.logs / 'supervisord.log'}",
            )

    def states(self) -> dict[str, ProgramState]:
        if not self.is_running:
            return {}
        answers = self._call("getAllProcessInfo")
        return {
            item["name"]: ProgramState(item["name"], item["statename"], item["pid"], item["description"])
            for item in answers
        }

    def start(self, name: str) -> None:
        if self.states()[name].state in STOPPED_STATES:
            self._call("startProcess", name, False)

    def stop(self, names: Iterable[str], *, seconds: float) -> None:
        """All at once; supervisord itself kills what does not stop in its time."""
        states = self.states()
        stopping = [name for name in names if name in states and states[name].state not in STOPPED_STATES]
        for name in stopping:
            self._call("stopProcess", name, False)
        holds_within(seconds, lambda: all(self.states()[name].state in STOPPED_STATES for name in stopping))

    def shut_down(self, *, seconds: float) -> None:
        self._call("shutdown")
        holds_within(seconds, lambda: not self.is_running)

    def _reload(self) -> None:
        added, changed, removed = self._call("reloadConfig")[0]
        for name in (*changed, *removed):
            self.stop([name], seconds=40)
            self._call("removeProcessGroup", name)
        for name in (*added, *changed):
            self._call("addProcessGroup", name)

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = _Transport(self._layout.socket)
        try:
            with xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport) as proxy:
                function: Callable[..., Any] = getattr(proxy.supervisor, method)
                return function(*arguments)
        except http.client.HTTPException as error:  # cut off in the middle: it is going down
            raise ConnectionError(str(error)) from error
