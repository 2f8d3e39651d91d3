"""What `./setup.sh prove` and `./setup.sh audit` are given."""

import argparse
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from local.errors import WrongCall
from tests.faults.run import CUSTOMERS

PLACES = ("local", "compose", "kubernetes")
SECONDS = 120.0


@dataclass(frozen=True)
class Options:
    command: str
    on: str = ""
    context: str = ""
    seed: int = 0
    seconds: float = SECONDS
    customers: int = CUSTOMERS
    yes: bool = False
    json: bool = False
    unsafe: bool = False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongCall(message, advice="./setup.sh -h lists what prove and audit take")


def parse(arguments: Sequence[str]) -> Options:
    """Raises WrongCall."""
    parser = _Parser(prog="./setup.sh", allow_abbrev=False)
    parsers = parser.add_subparsers(dest="command", required=True)
    prove = parsers.add_parser("prove", allow_abbrev=False, help="load, faults, and the audit")
    audit = parsers.add_parser("audit", allow_abbrev=False, help="the audit alone")
    for each in (prove, audit):
        each.add_argument("--on", choices=PLACES, default="", help="where, if several shops run")
        each.add_argument("--context", default="", help="the cluster's, if it is not the current one of kind's")
        each.add_argument("--json", action="store_true", help="the result as JSON, for programs")
    seed = random.SystemRandom().randrange(10**6)
    prove.add_argument("--seed", type=_number(int, 0, 2**63), default=seed, help="that of a run to be repeated")
    prove.add_argument("--seconds", type=_number(float, 4, 86_400), default=SECONDS, help="of load, by default 120")
    prove.add_argument("--customers", type=_number(int, 1, 256), default=CUSTOMERS, help="at once, by default 16")
    prove.add_argument("--yes", action="store_true", help="do not ask")
    prove.add_argument("--unsafe", action="store_true", help="with a naive checkout, to see it fail")
    options = Options(**vars(parser.parse_args(arguments)))
    if options.context and options.on not in ("", "kubernetes"):
        raise WrongCall(f"--context is for kubernetes, not for {options.on}", advice="leave one of the two out")
    return options


def _number(kind: type[int] | type[float], least: int, most: int) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text} is no number") from None
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{text} is not from {least} to {most}")
        return number

    return read
