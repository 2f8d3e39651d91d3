"""A first start that is cut off anywhere is finished by the next one."""

import subprocess
import sys

import psycopg2
import pymongo
import pytest

from local.settings import CHECKOUT
from tests.local.conftest import MakeShop, kill_everything

CUT_OFF = """
import sys
from pathlib import Path
from local.settings import Settings
from local.shop import Shop
ports = dict(zip(sys.argv[3::2], map(int, sys.argv[4::2]), strict=True))
Shop(Settings(state=Path(sys.argv[1]), checkout=Path(sys.argv[2]), ports=ports)).start_databases()
"""


@pytest.mark.parametrize("seconds", [0.6, 1.2, 2.0])
def test_a_first_start_that_was_cut_off_is_finished_by_the_next(make_shop: MakeShop, seconds: float) -> None:
    shop = make_shop()
    ports = [str(text) for pair in shop.settings.ports.items() for text in pair]
    command = [sys.executable, "-c", CUT_OFF, str(shop.settings.state), str(shop.settings.checkout), *ports]
    starting = subprocess.Popen(command, cwd=CHECKOUT)
    try:
        starting.wait(seconds)
    except subprocess.TimeoutExpired:
        starting.kill()
        starting.wait()
    if shop.parts.layout.exists:
        kill_everything(shop)
    shop.start_databases()
    psycopg2.connect(shop.postgres_dsn).close()
    with pymongo.MongoClient[dict[str, object]](shop.mongo_uri) as client:
        client.eshop.notes.insert_one({})
    shop.down()
