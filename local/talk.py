"""What a command says to the person who typed it, on stderr, and the one question that it may ask."""

import sys

from local.errors import LocalError, WrongCall


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def complain(error: LocalError, code: int) -> int:
    """Say what is wrong and what to do next; gives the exit code."""
    say(f"error: {error}" + (f"\n  {error.advice}" if error.advice else ""))
    return code


def agrees(question: str, *, unasked: WrongCall) -> bool:
    """Whether the person says yes. Raises `unasked` where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise unasked
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
