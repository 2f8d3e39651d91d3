"""Pods' ports on this machine: kubectl port-forward, one process a port."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.compose import CommandFailed
from tests.pods import Pod


@dataclass(frozen=True)
class Forwarding:
    """Who asks for a port gets a new process for it: an old one does not follow a pod that has been replaced."""

    environment: Mapping[str, str]
    _processes: dict[tuple[str, int], subprocess.Popen[str]] = field(default_factory=dict)

    def port(self, pod: Pod, port: int) -> int:
        """The port of 127.0.0.1 that leads to a port of a pod."""
        if old := self._processes.pop((pod.name, port), None):
            _end(old)
        command = ["kubectl", "port-forward", f"--namespace={pod.namespace}", f"pod/{pod.name}", f":{port}"]
        process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._processes[pod.name, port] = process
        assert process.stdout
        said = ""
        for line in process.stdout:
            if found := re.match(r"Forwarding from 127\.0\.0\.1:(\d+) ", line):
                return int(found[1])
            said += line
        raise CommandFailed(f"{' '.join(command)}: {said}")

    def close(self) -> None:
        while self._processes:
            _end(self._processes.popitem()[1])


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()
