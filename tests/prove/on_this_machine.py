"""The shop that `./setup.sh local up` has started."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from local.settings import read_settings
from local.shop import Shop
from tests.faults.programs import Processes
from tests.prove.options import Options
from tests.prove.place import Place

START = "./setup.sh local up"


def runs(_: Options) -> bool:
    return bool(_shop().states())


@contextmanager
def attached(_: Options) -> Iterator[Place]:
    shop = _shop()
    where = f"on this machine, in {shop.settings.state}"
    yield Place("local", where, "./setup.sh local status", shop, Processes(shop))


def _shop() -> Shop:
    return Shop(read_settings(os.environ))
