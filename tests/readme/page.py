"""A page's blocks: commands in ```sh, what they print in ```text or ```json right after, drawings in ```diagram."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMANDS, ANSWERS, DRAWING = "sh", ("text", "json"), "diagram"
MARKS = ("", "eventually", "as root", "in another terminal", "as root in another terminal")
HEADING_OR_BLOCK = re.compile(r"^(?:#+ (?P<title>.*)|```(?P<language>.*)\n(?P<text>(?:.*\n)*?)```)$", re.MULTILINE)

# Chapters, by title, whose blocks are run one after the other, as somebody would who has picked that way.
BUYING = ("A user, products, a wallet", "Buy", "See what came of it")
WITH_COMPOSE = ("With Docker Compose", *BUYING, "The containers: look into them, stop them", "Credentials of your own")
WITH_KUBECTL = (
    "A Kubernetes cluster with kind",
    "On Kubernetes, with kubectl",
    "Buy through the gate",
    "With the real certificate",
    "With the usual ports, as root",
    "The pods: look into them",
    "Three members of MongoDB",
    "The pods: stop them",
    "Random credentials in the cluster",
)
WITH_HELM = (
    "On Kubernetes, with Helm",
    "Buy through the gate",
    "The releases: look into them, change them",
    "The releases: delete them",
    "Delete the cluster",
)
ON_THIS_MACHINE = ("On this machine, without Docker", *BUYING, "The processes: look into them, stop them")


@dataclass(frozen=True)
class Block:
    page: str
    chapter: str
    line: int
    language: str
    text: str
    follows: bool  # nothing but blank lines stands between it and the block before


@dataclass(frozen=True)
class Step:
    """Commands, and what the page says they print, where it says so."""

    place: str
    chapter: str
    commands: str
    answer: str | None
    in_the_end: bool  # the answer may take a while: ```sh eventually
    as_root: bool  # wants ports below 1024: ```sh as root
    goes_on: bool  # while one reads on, and the answer is how it begins: ```sh in another terminal


def blocks(page: Path) -> list[Block]:
    text, chapter, end = page.read_text(), "", 0
    found: list[Block] = []
    for each in HEADING_OR_BLOCK.finditer(text):
        if each["title"] is not None:
            chapter = each["title"]
        else:
            line, follows = text.count("\n", 0, each.start()) + 1, bool(found) and not text[end : each.start()].strip()
            found.append(Block(page.name, chapter, line, each["language"], each["text"], follows))
            end = each.end()
    assert 2 * len(found) == len(re.findall("^```", text, re.MULTILINE)), f"{page.name}: a block has no end"
    return found


def steps(found: list[Block]) -> list[Step]:
    """Every block of commands, with its answer. Raises AssertionError for a block that is neither."""
    made: list[Step] = []
    for place, block in enumerate(found):
        where = f"{block.page}, line {block.line}"
        word, _, mark = block.language.partition(" ")
        if word == COMMANDS:
            after = found[place + 1] if place + 1 < len(found) else None
            answer = after.text if after and after.follows and after.language in ANSWERS else None
            assert mark in MARKS, f"{where}: what is {block.language}?"
            goes_on = "in another terminal" in mark
            assert answer or not goes_on, f"{where}: what does it print before one reads on?"
            how = {"in_the_end": mark == "eventually", "as_root": "as root" in mark, "goes_on": goes_on}
            made.append(Step(where, block.chapter, block.text, answer, **how))
        elif block.language in ANSWERS:
            before = found[place - 1].language.partition(" ")[0] if place and block.follows else ""
            assert before == COMMANDS, f"{where}: no commands stand right before this answer"
        else:
            assert block.language == DRAWING, f"{where}: is {block.language!r} a block of commands, or what they print?"
    return made


def steps_of(page: Path, chapters: tuple[str, ...]) -> list[Step]:
    """What somebody types who reads these chapters, in the page's order."""
    return [step for step in steps(blocks(page)) if step.chapter in chapters]
