"""A reader who types a page's commands, and compares what he sees with what the page says he will."""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import unified_diff
from functools import partial
from pathlib import Path

from local.waiting import holds_within
from tests.readme.page import Step

ID = re.compile(r"\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24})\b")
PORT = re.compile(r"(?<=localhost:)\d+")
# What differs from run to run, by what stands in for it.
VARYING = {
    "<time>": r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)",
    "<request>": r"\b[0-9a-f]{32}\b",
    "<size>": r" *\b\d+(?:\.\d+)? ?[kMG]B\b",
    "<age>": r"\b(?:Less than a second|About (?:a minute|an hour)|\d+ (?:second|minute|hour|day)s?)\b",
    " ": r"(?<=\S)  +",  # columns are as wide as what stands in them
    "": r" +(?=\n|$)",
}
COMMAND_SECONDS, EVENTUALLY_SECONDS = 900, 60


class PageIsWrong(AssertionError):
    """What a page says is not what happens."""


@dataclass
class Reader:
    folder: Path
    environment: Mapping[str, str]
    seconds: float = COMMAND_SECONDS
    moved: Mapping[str, int] = field(default_factory=dict)  # a port on the page: the one that the reader took instead
    meanings: dict[str, str] = field(default_factory=dict)  # an id on the page: the id that was printed in its place

    def follow(self, steps: Iterable[Step]) -> None:
        """Type all of it. Raises PageIsWrong at the first step that goes another way than the page says."""
        for step in steps:
            if not (step.in_the_end and holds_within(EVENTUALLY_SECONDS, partial(self._goes_well, step))):
                self.type(step)

    def type(self, step: Step) -> None:
        printed = self._run(step)
        told = step.answer
        if told is None:
            return
        self._learn(told, printed)
        told, printed = constant(self._in_own_words(told)), constant(printed)
        if told != printed:
            lines = unified_diff(told.splitlines(), printed.splitlines(), "the page", "printed", lineterm="", n=99)
            raise PageIsWrong(f"{step.place}: {step.commands}" + "\n".join(lines))

    def _goes_well(self, step: Step) -> bool:
        try:
            self.type(step)
        except PageIsWrong:
            return False
        return True

    def _learn(self, told: str, printed: str) -> None:
        """An id on the page stands for the one printed in its place, from here on. Two never stand for the same."""
        if ID.sub("", constant(told)) == ID.sub("", constant(printed)):
            for name, meaning in zip(ID.findall(told), ID.findall(printed), strict=True):
                if meaning not in self.meanings.values():
                    self.meanings.setdefault(name, meaning)

    def _in_own_words(self, text: str) -> str:
        text = PORT.sub(lambda found: str(self.moved.get(found[0], found[0])), text)
        return ID.sub(lambda found: self.meanings.get(found[0], found[0]), text)

    def _run(self, step: Step) -> str:
        # Into files, since what a command leaves running would hold a pipe open.
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            command = ["bash", "-e", "-c", self._in_own_words(step.commands)]
            shell = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=errors, start_new_session=True,
            )  # fmt: skip
            try:
                code = shell.wait(self.seconds)
            except subprocess.TimeoutExpired as error:
                os.killpg(shell.pid, signal.SIGKILL)
                shell.wait()
                raise PageIsWrong(f"{step.place}: {step.commands}does not end within {self.seconds} s") from error
            output.seek(0)
            errors.seek(0)
            printed, complaint = output.read(), errors.read()
        if code != 0:
            raise PageIsWrong(f"{step.place}: {step.commands}ends with {code}\n{printed}{complaint[-4000:]}")
        return printed


def constant(text: str) -> str:
    """The text without what differs from run to run."""
    for name, pattern in VARYING.items():
        text = re.sub(pattern, name, text)
    return text.strip()
