"""What supervisord is told: one section a program. It holds passwords, so it is readable by the user alone."""

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.layout import Layout


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_seconds: int = 20
    user: str = ""


def render(layout: Layout, programs: Iterable[Program]) -> str:
    return "\n".join([_daemon(layout), *(_section(layout, program) for program in programs)])


def _daemon(layout: Layout) -> str:
    lines = {
        "unix_http_server": {"file": str(layout.socket), "chmod": "0700"},
        "supervisord": {
            "logfile": str(layout.logs / "supervisord.log"),
            "pidfile": str(layout.run / "supervisord.pid"),
            "identifier": "eshop",
            "umask": "077",
            "strip_ansi": "true",
            **({"user": "root"} if os.geteuid() == 0 else {}),
        },
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
    }
    return "\n".join(_lines(title, values) for title, values in lines.items())


def _section(layout: Layout, program: Program) -> str:
    return _lines(
        f"program:{program.name}",
        {
            "command": shlex.join(program.command),
            "directory": str(program.directory),
            "environment": ",".join(f'{name}="{value}"' for name, value in program.environment.items()),
            "autostart": "false",
            "autorestart": "true",
            # A process that dies in its first second is tried again after 1, 2, 3 ... seconds, for over an hour.
            "startsecs": "1",
            "startretries": "100",
            "stopsignal": program.stop_signal,
            "stopwaitsecs": str(program.stop_seconds),
            # What outlives the stop takes its children along. The polite signal goes to the parent alone.
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": str(layout.logs / f"{program.name}.log"),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": "3",
            **({"user": program.user} if program.user else {}),
        },
    )


def _lines(title: str, values: Mapping[str, str]) -> str:
    escaped = (f"{name} = {value.replace('%', '%%')}" for name, value in values.items() if value)
    return "\n".join([f"[{title}]", *escaped, ""])
