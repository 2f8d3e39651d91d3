"""The commands `./setup.sh prove` and `./setup.sh audit`: hurt a shop that runs, under load, and read its books."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack

import psycopg2
from pymongo.errors import PyMongoError

from local.__main__ import CALL_IS_WRONG, DONE, INTERRUPTED, WORLD_IS_WRONG
from local.errors import LocalError, WrongCall
from local.talk import agrees, complain, say
from tests.faults import audit as auditing
from tests.faults import chaos
from tests.faults.audit import Invariant
from tests.faults.run import PATIENCE, Run
from tests.faults.stored import Stored
from tests.naive.program import NaiveCheckout, NaivePrograms, NaiveShop
from tests.naive.run import GIVES_UP, NaiveRun
from tests.prove import paper
from tests.prove.finding import found
from tests.prove.interruption import heeded
from tests.prove.options import Options, parse
from tests.prove.place import Place
from tests.prove.progress import glance_at, shown

CALM_PART = 1 / 8  # of the seconds
UNREADABLE = (PyMongoError, psycopg2.Error)
FAILURES = (AssertionError, subprocess.TimeoutExpired, *UNREADABLE)  # each of which is a finding
UNASKED = WrongCall("this hurts a shop, and there is nobody to ask", advice="./setup.sh prove --yes")


def main(arguments: Sequence[str]) -> int:
    try:
        options = parse(arguments)
        with heeded(), found(options) as place:
            return (prove if options.command == "prove" else audit)(options, place)
    except WrongCall as error:
        return complain(error, CALL_IS_WRONG)
    except LocalError as error:
        return complain(error, WORLD_IS_WRONG)
    except KeyboardInterrupt:
        return complain(LocalError("interrupted", advice="what was hurt has been put back"), INTERRUPTED)


def prove(options: Options, place: Place) -> int:
    if not options.yes and not agrees(
        f"This kills and freezes what runs of the shop {place.where}. Go on?", unasked=UNASKED
    ):
        raise LocalError("nothing was done")
    say(f"{options.seconds:g} s with seed {options.seed}, on the shop {place.where}")
    with ExitStack() as ending:
        run = _run(options, place, ending)
        with shown(glance_at(run, options.seconds)):
            try:
                run.go()
            except FAILURES as error:
                run.report.answers = dict(run.market.answers.counts)
                run.report.own.append(Invariant(run.phase, {}, [str(error)]))
    if options.json:
        print(json.dumps(paper.report_json(run.report, options, place), indent=2))
    else:
        print(paper.report_text(run.report, options, place))
    return WORLD_IS_WRONG if paper.verdict(run.report) else DONE


def audit(options: Options, place: Place) -> int:
    stored = Stored(place.shop.mongo_uri, place.shop.postgres_dsn)
    try:
        with shown(lambda: f"auditing: {stored.rows:,} rows read"):
            everything = auditing.audit(stored, patience=PATIENCE)
    except UNREADABLE as error:
        raise LocalError(f"the databases cannot be read: {error}", advice=place.status) from error
    if options.json:
        print(json.dumps(paper.audit_json(everything, place), indent=2))
    else:
        print(paper.audit_text(everything, place))
    return WORLD_IS_WRONG if any(each.complaints for each in everything) else DONE


def _run(options: Options, place: Place, ending: ExitStack) -> Run:
    shop, programs, kind, in_doubt = place.shop, place.programs, Run, place.in_doubt
    if options.unsafe:
        checkout = NaiveCheckout(place.shop.urls)
        ending.callback(checkout.close)
        shop, programs = NaiveShop(shop, checkout), NaivePrograms(programs, checkout)
        kind, in_doubt = NaiveRun, in_doubt | GIVES_UP
    calm = options.seconds * CALM_PART
    faults = chaos.plan(
        options.seed,
        options.seconds - calm,
        targets=place.targets,
        scalable=place.scalable,
        kill_chance=place.kill_chance,
    )
    return kind(
        shop,
        programs,
        seed=options.seed,
        faults=faults,
        calm=calm,
        at_most=options.seconds - calm,
        customers=options.customers,
        in_doubt=in_doubt,
        say=lambda _: None,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
