"""`./setup.sh prove` and `audit`, typed as a user would, on a shop of the tests' own."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.settings import CHECKOUT

SECONDS = 200


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def said(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.out)

    def complaints(self, name: str) -> list[str]:
        """What does not hold of an invariant of the run's own."""
        return [text for each in self.said["own"] if each["name"] == name for text in each["complaints"]]


def typed(words: str, environment: Mapping[str, str]) -> Ran:
    command = ["./setup.sh", *words.split()]
    ran = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)
