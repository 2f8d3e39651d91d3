"""A reader who types a page's commands, and compares what he sees with what the page says he will."""

import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from difflib import unified_diff
from functools import partial
from pathlib import Path

from local.waiting import holds_within
from tests.readme.page import Step
from tests.readme.shell import Shell, started

ID = re.compile(r"\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24})\b")
PORT = re.compile(r"(?<=localhost:)\d+")
# What differs from run to run, by what stands in for it.
VARYING = {
    "<time>": r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)",
    "<request>": r"\b[0-9a-f]{32}\b",
    "<size>": r" *\b\d+(?:\.\d+)? ?[kMG]B\b",
    "<age>": r"\b(?:Less than a second|About (?:a minute|an hour)|\d+ (?:second|minute|hour|day)s?)\b"
    r"|(?<=\s)(?:\d+[smhdy]){1,2}(?=\s|$)",  # docker's; kubectl's
    "-<pod>": r"-[4-9bcdf]{7,10}-[2456789bcdfghjklmnpqrstvwxz]{5}\b",  # of a Deployment's, in Kubernetes' own alphabets
    "<address>": r"\b10(?:\.\d{1,3}){3}\b",
    "<kubernetes>": r"\bv1\.\d+\.\d+\b",
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
    is_root: bool = False
    before_what_goes_on: Callable[[], object] = lambda: None
    afterwards: Callable[[str], object] = lambda commands: None  # with each command that has ended
    meanings: dict[str, str] = field(default_factory=dict)  # an id on the page: the id that was printed in its place

    def follow(self, steps: Iterable[Step]) -> None:
        """Type all of it. Raises PageIsWrong at the first step that goes another way than the page says."""
        with ExitStack() as terminals:
            for step in steps:
                if step.as_root and not self.is_root:
                    print(f"{step.place}: left out, since it takes root")
                elif step.goes_on:
                    self._leave_running(step, terminals)
                elif not (step.in_the_end and holds_within(EVENTUALLY_SECONDS, partial(self._goes_well, step))):
                    self.type(step)

    def type(self, step: Step) -> None:
        self._compare(step, self._run(step))
        self.afterwards(step.commands)

    def _leave_running(self, step: Step, terminals: ExitStack) -> None:
        """Type it in a terminal of its own, and read on as soon as that shows as many lines as the page does."""
        self.before_what_goes_on()
        shell = terminals.enter_context(self._started(step))
        terminals.callback(_close, step, shell)
        lines = len((step.answer or "").strip().splitlines())
        enough = holds_within(min(self.seconds, EVENTUALLY_SECONDS), lambda: shell.shows(lines) or shell.has_ended())
        if shell.has_ended() or not enough:
            trouble = "ends, and should go on" if enough else "shows less than the page"
            raise PageIsWrong(f"{step.place}: {step.commands}{trouble}\n{shell.said()}")
        self._compare(step, "\n".join(shell.printed().splitlines()[:lines]))

    def _compare(self, step: Step, printed: str) -> None:
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
        with self._started(step) as shell:
            try:
                code = shell.process.wait(self.seconds)
            except subprocess.TimeoutExpired as error:
                raise PageIsWrong(f"{step.place}: {step.commands}does not end within {self.seconds} s") from error
            if code != 0:
                raise PageIsWrong(f"{step.place}: {step.commands}ends with {code}\n{shell.said()}")
            return shell.printed()

    def _started(self, step: Step) -> AbstractContextManager[Shell]:
        return started(self._in_own_words(step.commands), self.folder, self.environment)


def _close(step: Step, shell: Shell) -> None:
    print(f"{step.place}: {step.commands}{shell.said()}")  # for whoever wonders why the page is wrong
    shell.end()


def constant(text: str) -> str:
    """The text without what differs from run to run."""
    for name, pattern in VARYING.items():
        text = re.sub(pattern, name, text)
    return text.strip()
