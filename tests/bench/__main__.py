"""`./setup.sh bench`: how fast the shop is on this machine, beside two yardsticks that any machine has."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from local.catalogue import DEFAULT_PORTS
from local.errors import LocalError
from local.settings import Settings
from local.shop import Shop
from local.talk import complain
from tests.bench.aims import (
    EMPTY,
    FULL,
    SKELETON,
    against_yardsticks,
    findings,
    findings_of_overload,
    findings_of_pages,
)
from tests.bench.ceiling import ceiling
from tests.bench.floor import Floor
from tests.bench.full_shop import A_USER, fill
from tests.bench.market import Market
from tests.bench.memory import memory
from tests.bench.overload import TOO_MANY, overload
from tests.bench.pages import first_pages
from tests.bench.progress import Progress
from tests.bench.report import machine, rows_of_findings, rows_of_loads, table
from tests.bench.rounds import Round, Say, Subject, measure
from tests.bench.skeleton import skeleton
from tests.bench.soak import soak
from tests.faults.audit import audit
from tests.faults.stored import Stored
from tests.ports import free_ports

SETTLED_WITHIN = 60.0  # seconds; what an overload has left open is recovery's after 30


def main() -> int:
    options = _options()
    progress = Progress()
    try:
        with ExitStack() as stack:
            report = _bench(options, stack, progress.say)
    except LocalError as error:
        return complain(error, 1)
    finally:
        progress.end()
    print(table(report))
    options.json.write_text(json.dumps(report, indent=1) + "\n")
    print(f"\nall figures: {options.json}")
    return 0 if report["is_good"] else 1


def _bench(options: argparse.Namespace, stack: ExitStack, say: Say) -> dict[str, Any]:
    shops = {EMPTY: stack.enter_context(_new_shop(say))}
    if options.full:
        shops[FULL] = stack.enter_context(_new_shop(say))
        fill(shops[FULL], say)
    rest = memory(shops[EMPTY])
    say("customers and products")
    subjects = {name: _subject(name, shop) for name, shop in shops.items()}
    if options.skeleton:
        own = stack.enter_context(_new_shop(say, RECOVERY_INTERVAL_SECONDS="0"))  # it has nothing to recover there
        bare = _subject(SKELETON, own)
        bare.load(1, 0.1)  # by the shop itself, which makes its indexes
        subjects[SKELETON] = replace(bare, port=stack.enter_context(skeleton(own)))
    port, internal_port = free_ports(("ceiling", "internal")).values()
    rounds = measure(
        subjects.values(),
        stack.enter_context(Floor(shops[EMPTY])),
        stack.enter_context(ceiling(port, internal_port)),
        rounds=options.rounds,
        seconds=options.seconds,
        say=say,
    )
    found = findings(rounds)
    notes: dict[str, Any] = {
        "memory at rest, MiB": rest,
        "memory after 128 clients, MiB": memory(shops[EMPTY]),
        **_cost(rounds),
    }
    if options.skeleton:
        ratios = against_yardsticks(rounds, SKELETON).items()
        notes["skeleton"] = {name: [round(each, 3) for each in sorted(found)] for name, found in ratios}
        bad = [each for every in rounds for key, each in every.loads.items() if key[0] == SKELETON and each.has_others]
        notes["skeleton"]["loads with other answers than 201"] = len(bad)
    if options.full:
        say("first pages")
        found += findings_of_pages(first_pages(shops[FULL], user_id=A_USER))
    if options.overload:
        crowd = notes["overload"] = overload(subjects[EMPTY], rounds=options.rounds, say=say)
        found += findings_of_overload(crowd)
    if options.soak:
        notes["soak"] = soak(shops[EMPTY], subjects[EMPTY], minutes=options.soak, say=say)
    say("reading the books")
    violations = [each for shop in shops.values() for each in _violations(shop)]
    notes["the books"] = f"{len(violations)} violations {violations[:5]}" if violations else "balance"
    return {
        "machine": machine(),
        "rounds": len(rounds),
        "seconds": options.seconds,
        "loads": rows_of_loads(rounds),
        "findings": rows_of_findings(found),
        "notes": notes,
        "is_good": not violations and all(each.is_reached for each in found),
    }


@contextmanager
def _new_shop(say: Say, **variables: str) -> Iterator[Shop]:
    """A shop of this run's own, beside whatever else runs; gone afterwards, with all it holds."""
    with tempfile.TemporaryDirectory(prefix="eshop-bench-") as folder:
        shop = Shop(
            Settings(state=Path(folder) / "state", ports=free_ports(DEFAULT_PORTS), service_environment=variables)
        )
        say("starting a shop")
        try:
            shop.up()
            yield shop
        finally:
            shop.reset()


def _subject(name: str, shop: Shop) -> Subject:
    return Subject(name=name, port=shop.ports.public("paymentservice"), market=Market(shop, customers=TOO_MANY))


def _cost(rounds: list[Round]) -> dict[str, str]:
    """What the load itself took of the machine, which the shop then did not have."""
    loads = [each for every in rounds for each in every.loads.values()]
    asked = sum(each.count(*each.latencies) for each in loads)
    seconds = sum(each.processor_seconds for each in loads)
    share = seconds / sum(each.seconds for each in loads)
    return {"cost of the load": f"{seconds / asked * 1e6:.0f} microseconds a request, {share:.0%} of one processor"}


def _violations(shop: Shop) -> list[str]:
    found = audit(Stored(shop.mongo_uri, shop.postgres_dsn), patience=SETTLED_WITHIN)
    return [complaint for invariant in found for complaint in invariant.complaints]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./setup.sh bench", allow_abbrev=False)
    parser.add_argument("--rounds", type=int, choices=range(1, 1001), metavar="NUMBER", default=5)
    parser.add_argument("--seconds", type=_seconds, default=4.0)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--overload", action="store_true")
    parser.add_argument("--skeleton", action="store_true")
    parser.add_argument("--soak", type=_seconds, default=0.0, metavar="MINUTES")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), metavar="FILE")
    return parser.parse_args()


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number <= 3600:
        raise ValueError
    return number


if __name__ == "__main__":
    sys.exit(main())
