"""A shop of stub services over real databases, in a folder and on ports of its own."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from local import strays
from local.catalogue import DEFAULT_PORTS, MONGO_PORT, SERVICE_NAMES
from local.settings import Settings
from local.shop import Shop
from tests.ports import free_ports

GUNICORN = """
import os
bind = [f"127.0.0.1:{os.environ[name]}" for name in ("PORT", "INTERNAL_PORT")]
"""
APP = """
def create_app():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ready"]
    return app
"""
SCHEMA = """
import os, psycopg2
with psycopg2.connect(os.environ["POSTGRES_OWNER_DSN"]) as connection, connection.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
    cursor.execute(f"GRANT SELECT, INSERT ON notes TO {os.environ['POSTGRES_APP_ROLE']}")
"""

MakeShop = Callable[..., Shop]


@pytest.fixture(scope="session")
def stub_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = tmp_path_factory.mktemp("checkout of stubs")
    for name in ("chassis", *SERVICE_NAMES):
        (checkout / name).mkdir()
        (checkout / name / "app.py").write_text(APP)
    (checkout / "chassis" / "gunicorn.py").write_text(GUNICORN)
    (checkout / "walletservice" / "schema.py").write_text(SCHEMA)
    return checkout


@pytest.fixture(scope="module")
def make_shop(stub_checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeShop]:
    made = []

    def make() -> Shop:
        state = tmp_path_factory.mktemp("with a space") / ".local"
        made.append(Shop(Settings(state=state, checkout=stub_checkout, ports=free_ports(DEFAULT_PORTS))))
        return made[-1]

    yield make
    for shop in made:
        shop.reset()
        shutil.rmtree(shop.settings.state, ignore_errors=True)


def free_port() -> int:
    return free_ports([MONGO_PORT])[MONGO_PORT]


def kill_everything(shop: Shop) -> None:
    """A power cut: every process at once, without a chance to tidy up."""
    victims = strays.find(shop.parts.marks())
    for process in victims:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs(victims, timeout=10)
