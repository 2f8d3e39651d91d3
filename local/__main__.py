"""The commands behind `./setup.sh local`: `python -m local up`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from local import report
from local.catalogue import PROGRAMS
from local.errors import LocalError, WrongCall
from local.settings import read_settings
from local.shop import Shop
from local.talk import agrees, complain, say

DONE, WORLD_IS_WRONG, CALL_IS_WRONG, INTERRUPTED = 0, 1, 2, 130
UNASKED = WrongCall("this deletes data, and there is nobody to ask", advice="./setup.sh local reset --yes")


def main(arguments: Sequence[str]) -> int:
    try:
        command, options = _parse(arguments)
        command(Shop(read_settings(os.environ), say=say), options)
    except WrongCall as error:
        return complain(error, CALL_IS_WRONG)
    except LocalError as error:
        return complain(error, WORLD_IS_WRONG)
    except KeyboardInterrupt:
        return complain(LocalError("interrupted", advice="the same command again goes on from here"), INTERRUPTED)
    return DONE


def up(shop: Shop, _: argparse.Namespace) -> None:
    shop.up()
    print(report.addresses(shop))


def down(shop: Shop, _: argparse.Namespace) -> None:
    shop.down()
    say("the shop is stopped; its data stays")


def restart(shop: Shop, options: argparse.Namespace) -> None:
    if options.process:
        shop.restart(options.process)
    else:
        shop.down()
        shop.up()
    print(report.states(shop, shop.readiness()))


def status(shop: Shop, _: argparse.Namespace) -> None:
    shop.demand_running()
    readiness = shop.readiness()
    print(report.states(shop, readiness), report.addresses(shop), report.connections(shop), sep="\n\n", flush=True)
    waiting = [name for name in PROGRAMS if not readiness.get(name)]
    if waiting:
        raise LocalError(f"not ready: {', '.join(waiting)}", advice=f"./setup.sh local logs {waiting[0]}")


def logs(shop: Shop, options: argparse.Namespace) -> None:
    names = [options.process] if options.process else PROGRAMS
    files = [file for name in names if (file := shop.parts.layout.logs / f"{name}.log").exists()]
    if not files:
        raise LocalError("there are no logs yet", advice="./setup.sh local up")
    os.execvp("tail", ["tail", "-n", "100", *(["-F"] if options.follow else []), *map(str, files)])


def psql(shop: Shop, options: argparse.Namespace) -> None:
    shop.demand_running()
    program, arguments, environment = report.psql_call(shop)
    os.execve(program, [program, *arguments, *options.arguments], {**os.environ, **environment})


def reset(shop: Shop, options: argparse.Namespace) -> None:
    if not shop.parts.layout.exists:
        say("there is nothing to delete")
        return
    if not options.yes and not agrees(
        f"Delete all data, passwords and logs in {shop.settings.state}?", unasked=UNASKED
    ):
        raise LocalError("nothing was deleted")
    shop.reset()
    say("the shop and its data are deleted")


COMMANDS: dict[str, Callable[[Shop, argparse.Namespace], None]] = {
    function.__name__: function for function in (up, down, restart, status, logs, psql, reset)
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongCall(message, advice="./setup.sh -h lists the commands")


def _parse(arguments: Sequence[str]) -> tuple[Callable[[Shop, argparse.Namespace], None], argparse.Namespace]:
    parser = _Parser(prog="./setup.sh local", allow_abbrev=False)
    parsers = parser.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))
    for name in COMMANDS:
        command = parsers.add_parser(name)
        if name in ("restart", "logs"):
            command.add_argument("process", nargs="?")
        if name == "logs":
            command.add_argument("-f", dest="follow", action="store_true", help="go on showing what comes")
        if name == "reset":
            command.add_argument("--yes", action="store_true", help="do not ask")
    # What follows psql is for psql, options too, which argparse would take for its own.
    rest = list(arguments[1:]) if arguments[:1] == ["psql"] else []
    options = parser.parse_args(arguments[:1] if rest else arguments)
    options.arguments = rest
    process = getattr(options, "process", None)
    if process not in (None, *PROGRAMS):
        raise WrongCall(f"no process is called {process}", advice=f"one of: {' '.join(PROGRAMS)}")
    return COMMANDS[options.command], options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
