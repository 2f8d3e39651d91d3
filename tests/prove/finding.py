"""Where a shop runs: told apart by itself, or as it was named."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.errors import LocalError, WrongCall
from local.waiting import holds_within
from tests.faults.aftermath import all_read
from tests.faults.market import Market
from tests.prove import in_a_cluster, in_containers, on_this_machine
from tests.prove.options import Options
from tests.prove.place import Place

ANSWER_SECONDS = 10
WAYS = {"local": on_this_machine, "compose": in_containers, "kubernetes": in_a_cluster}


@contextmanager
def found(options: Options) -> Iterator[Place]:
    """The one shop that is meant. Raises LocalError when there is none, or when it does not answer."""
    way = WAYS[options.on or _the_one(options)]
    if not way.runs(options):
        raise LocalError(f"no shop runs there: {options.on}", advice=f"start it: {way.START}")
    with way.attached(options) as place:
        market = Market(place.shop.urls, prefix="")
        if not holds_within(ANSWER_SECONDS, lambda: all_read(market)):
            raise LocalError(f"the shop {place.where} does not answer as a whole", advice=place.status)
        yield place


def _the_one(options: Options) -> str:
    if options.context:
        return "kubernetes"
    running = [name for name, way in WAYS.items() if way.runs(options)]
    if not running:
        raise LocalError("no shop runs here", advice="start one: ./setup.sh local up, and ./setup.sh doctor tells more")
    if len(running) > 1:
        which = " or ".join(f"--on {name}" for name in running)
        raise WrongCall(f"several shops run: {', '.join(running)}", advice=f"name the one you mean: {which}")
    return running[0]
