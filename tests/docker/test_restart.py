"""What is started again goes on where it stopped: programs that die, the whole shop, the shop with new passwords."""

import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from local.catalogue import MONGO_PORT, PROGRAMS, SERVICES
from tests.blackbox.shop import Shop
from tests.compose import Compose, docker

pytestmark = pytest.mark.timeout(600)  # containers start in seconds, or in a minute where others work, too
BACK_WITHIN = 60.0  # seconds until a health check has seen it, every five seconds
PASSWORDS = ("MONGO_ADMIN_PASSWORD", "MONGO_ESHOP_PASSWORD", "POSTGRES_OWNER_PASSWORD", "POSTGRES_APP_PASSWORD")
EVERYBODY = {"admin", "eshop", "wallet_owner", "wallet_app"}
# The program is the one child of PID 1, which is docker's init.
KILL_THE_PROGRAM = 'program=$(grep -l "^PPid:.1$" /proc/[0-9]*/status) && kill -KILL "$(basename "${program%/status}")"'


@pytest.fixture
def restored(compose: Compose) -> Iterator[Compose]:
    """A shop that is up again afterwards, as everybody expects it, whatever the test has done to it."""
    yield compose
    compose.up()


@pytest.fixture
def shop(compose: Compose) -> Shop:
    return Shop({each.plural: compose.urls[each.name] for each in SERVICES})


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_dies_by_itself_comes_back(restored: Compose, shop: Shop, program: str) -> None:
    restarts = restored.inspect(program)["RestartCount"]
    docker("exec", restored.container(program), "sh", "-c", KILL_THE_PROGRAM, check=False)
    until_healthy(restored, program, restarts + 1)
    assert shop.buy_surely(shop.customer(funds=100), shop.product(price=10)).status_code == 201


def test_a_shop_that_was_taken_down_comes_up_with_all_it_had(restored: Compose, shop: Shop) -> None:
    customer, product = shop.customer(funds=100), shop.product(price=10, quantity=5)
    paid = shop.buy_surely(customer, product, quantity=2, key=(key := secrets.token_hex()))
    assert paid.status_code == 201, paid.text
    orders = shop.orders_of(customer)

    restored.down()
    assert restored.run("ps", "--all", "--quiet").stdout == ""
    restored.up()

    assert shop.buy(customer, product, quantity=2, key=key).json() == paid.json()
    assert shop.orders_of(customer) == orders
    assert shop.get("users", f"/users/{customer.user_id}").json()["user_name"] == customer.user_name
    assert (int(shop.funds_of(customer)), shop.stock_of(product)) == (80, 3)


def test_a_shop_goes_on_under_new_passwords_and_the_old_ones_are_worth_nothing(restored: Compose, shop: Shop) -> None:
    customer, product = shop.customer(funds=100), shop.product(price=10, quantity=5)
    paid = shop.buy_surely(customer, product, key=(key := secrets.token_hex()))
    assert paid.status_code == 201, paid.text
    new = replace(restored, passwords={**restored.passwords, **{name: secrets.token_hex(16) for name in PASSWORDS}})
    assert who_gets_in(restored) == EVERYBODY

    new.up()

    assert who_gets_in(restored) == set()
    assert who_gets_in(new) == EVERYBODY
    assert shop.buy(customer, product, key=key).json() == paid.json()
    assert shop.buy_surely(customer, product).status_code == 201


def until_healthy(compose: Compose, program: str, restarts: int) -> None:
    """Wait for a container to have been started again so often, and to do its work."""
    ends_at = time.monotonic() + BACK_WITHIN
    while True:
        found = compose.inspect(program)
        if found["RestartCount"] == restarts and found["State"]["Health"]["Status"] == "healthy":
            return
        assert time.monotonic() < ends_at, f"{program}: {found['RestartCount']} restarts, {found['State']}"
        time.sleep(0.2)


def who_gets_in(compose: Compose) -> set[str]:
    """Whom the shop's databases let in from this machine, under the passwords that `compose` has."""
    admin_uri = (
        f"mongodb://admin:{compose.passwords['MONGO_ADMIN_PASSWORD']}@127.0.0.1:{compose.ports[MONGO_PORT]}"
        "/?directConnection=true"
    )
    asked = {
        "admin": mongo_takes(admin_uri),
        "eshop": mongo_takes(compose.mongo_uri),
        "wallet_owner": postgres_takes(compose.postgres_owner_dsn),
        "wallet_app": postgres_takes(compose.postgres_dsn),
    }
    return {name for name, taken in asked.items() if taken}


def mongo_takes(uri: str) -> bool:
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=5000) as client:
        try:
            return bool(client["admin"].command("ping"))
        except OperationFailure as refusal:
            assert refusal.code == 18, refusal  # AuthenticationFailed
            return False


def postgres_takes(dsn: str) -> bool:
    try:
        with closing(psycopg2.connect(dsn, connect_timeout=5)):
            return True
    except psycopg2.OperationalError as refusal:
        assert "password authentication failed" in str(refusal), refusal
        return False
