"""A counterexample for people: the moves that broke a promise, told line by line."""

from typing import Literal, NamedTuple, TypeAlias

from tests.model.processes import Process, Turn, spoken
from tests.model.records import Call, Command, Record

Event: TypeAlias = Literal["by itself", "late", "unanswered", "answered", "aborted", "swapped"]


class Move(NamedTuple):
    """One thing that happened: who did it, what was sent, what came back, what each of them does next."""

    event: Event
    actors: tuple[Process, ...] = ()
    turns: tuple[Turn, ...] = ()
    call: Call = ()
    answers: tuple[Record, ...] = ()
    text: str = ""


class Story(NamedTuple):
    """How a promise was broken."""

    promise: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        numbered = (f"{number:3}. {line}" for number, line in enumerate(self.lines, start=1))
        return "\n".join([f"{self.promise}:", *numbered])


class Cast:
    """Names for the processes. The search does not tell two alike apart; a reader wants to."""

    def __init__(self, processes: tuple[Process, ...]) -> None:
        self._now: dict[str, Process | None] = {}
        roles = [f"{process.kind} {process.body}".strip() for process in processes]
        for number, (role, process) in enumerate(zip(roles, processes, strict=True)):
            alike = f" #{roles[:number].count(role) + 1}" if roles.count(role) > 1 else ""
            self._now[f"{role}{alike}"] = process

    def play(self, move: Move) -> list[str]:
        """The names of a move's actors, each of whom then takes its turn."""
        names = []
        for actor, turn in zip(move.actors, move.turns, strict=True):
            name = next(name for name, process in self._now.items() if process == actor and name not in names)
            self._now[name] = turn.process
            names.append(name)
        return names


def retell(promise: str, processes: tuple[Process, ...], moves: list[Move], *endings: str) -> Story:
    """The story of one broken promise."""
    cast = Cast(processes)
    return Story(promise, (*(line(move, cast.play(move)) for move in moves), *endings))


def line(move: Move, names: list[str]) -> str:
    """One move in words."""
    asked, answers = listed(move.call), listed(move.answers)
    texts: dict[Event, str] = {
        "by itself": move.text,
        "late": f"late arrival: {asked} -> {answers}",
        "unanswered": f"{asked} -> no answer",
        "answered": f"{asked} -> {answers}",
        "aborted": f"{asked} -> aborted, run again -> {answers}",
        "swapped": f"{asked} -> {answers}, swapped on the way",
    }
    who = f"{' and '.join(names)}: " if names else ""
    return "; ".join([who + texts[move.event], *said(move, names)])


def listed(things: tuple[Command | Record, ...]) -> str:
    """One thing as it is, several as a list."""
    text = ", ".join(map(str, things))
    return f"[{text}]" if len(things) > 1 else text


def said(move: Move, names: list[str]) -> list[str]:
    """What the actors of a move told their customers."""
    words = (spoken(actor, turn) for actor, turn in zip(move.actors, move.turns, strict=True))
    return [f"{name} says: {word}" for name, word in zip(names, words, strict=True) if word]
