"""PostgreSQL frozen, killed, away or in the way: an outage within the deadline, and found again without a restart."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest
from psycopg2.extensions import cursor as Cursor

from chassis import deadlines
from chassis.settings import SettingsError
from tests.contract.conftest import Bank, Postgres
from tests.fakes.walletservice import charge, credit, new_wallet
from walletservice import database, waiting
from walletservice.database import Database, DatabaseDown, StatementRefused
from walletservice.pool import Pool


@pytest.fixture
def store(postgres: Postgres) -> Iterator[Database]:
    waiting.install()
    store = Database(Pool(postgres.app_dsn, size=2))
    yield store
    store.close()


def backend(cursor: Cursor) -> int:
    cursor.execute("SELECT pg_backend_pid()")
    return int(cursor.fetchall()[0][0])


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a backend for a while. Left stopped by a test that is killed, it would block the whole server: it is not."""
    thaw_anyway = subprocess.Popen(["sh", "-c", f"sleep 10; kill -CONT {pid}"], start_new_session=True)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
        os.killpg(thaw_anyway.pid, signal.SIGKILL)
        thaw_anyway.wait()


@contextmanager
def down_within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    with pytest.raises(DatabaseDown):
        yield
    assert time.monotonic() - started < seconds


def test_a_frozen_server_is_an_outage_within_the_callers_deadline_and_the_pool_recovers(store: Database) -> None:
    pid = store.run(backend)
    with frozen(pid):
        with down_within(1.0), deadlines.deadline(0.3):
            store.ping()
        assert store.run(backend) != pid


def test_a_frozen_server_is_an_outage_where_the_caller_set_no_deadline(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "STATEMENT_LIMIT", 0.3)
    with frozen(store.run(backend)), down_within(1.0):
        store.ping()


def test_a_connection_frozen_in_mid_transaction_keeps_nobody_from_other_wallets(
    store: Database, postgres_bank: Bank
) -> None:
    held, free = new_wallet(), new_wallet()
    postgres_bank.ledger.add([credit(held, 100), credit(free, 100)])

    def freeze_with_the_wallet_in_hand(cursor: Cursor) -> None:
        cursor.execute("SELECT 1 FROM wallets WHERE user_name = %s FOR UPDATE", [held[0]])
        with frozen(backend(cursor)):
            assert postgres_bank.ledger.deduct([charge(free, 30)])[0].kind == "charged"
            with down_within(1.0), deadlines.deadline(0.3):
                postgres_bank.ledger.deduct([charge(held, 30)])

    store.run(freeze_with_the_wallet_in_hand)
    assert postgres_bank.ledger.deduct([charge(held, 30)])[0].kind == "charged"


def test_terminated_connections_are_replaced_unnoticed(store: Database, postgres: Postgres) -> None:
    def two_at_once(cursor: Cursor) -> set[int]:
        return {backend(cursor), store.run(backend)}

    pids = store.run(two_at_once)
    assert len(pids) == 2
    for pid in pids:
        postgres.ask("SELECT pg_terminate_backend(%s, 5000)", pid)
    assert pids.isdisjoint({store.run(backend), store.run(backend)})


@pytest.mark.parametrize(("deaths", "survives"), [(1, True), (2, False)])
def test_a_transaction_whose_connection_dies_is_run_once_more(
    store: Database, postgres: Postgres, deaths: int, survives: bool
) -> None:
    tries = []

    def work(cursor: Cursor) -> None:
        tries.append(pid := backend(cursor))
        if len(tries) <= deaths:
            postgres.ask("SELECT pg_terminate_backend(%s, 5000)", pid)
        cursor.execute("SELECT 1")

    if survives:
        store.run(work)
    else:
        with pytest.raises(DatabaseDown):
            store.run(work)
    assert len(tries) == 2


def test_a_closed_port_is_an_outage_at_once() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        store = database.connect(f"postgresql://u:p@127.0.0.1:{unused.getsockname()[1]}/d")
        with down_within(1.0):
            store.ping()


def test_an_unknown_host_is_an_outage() -> None:
    with down_within(5.0):
        database.connect("postgresql://u:p@nowhere.invalid/d").ping()


def test_a_server_that_takes_the_connection_and_says_nothing_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = database.connect(f"postgresql://u:p@localhost:{silent.getsockname()[1]}/d")
        with down_within(2.0):
            store.ping()


def test_who_finds_no_connection_free_waits_and_then_gives_up(postgres: Postgres) -> None:
    store = Database(Pool(postgres.app_dsn, size=1))

    def ask_for_a_second_one(cursor: Cursor) -> None:
        with down_within(1.0), deadlines.deadline(0.2):
            store.ping()

    store.run(ask_for_a_second_one)
    store.ping()
    store.close()


def test_a_request_whose_deadline_has_passed_costs_no_connection(store: Database) -> None:
    pid = store.run(backend)
    with down_within(0.5), deadlines.deadline(0):
        store.ping()
    assert store.run(backend) == pid


def test_who_waits_for_a_connection_gets_the_next_one_that_is_free(postgres: Postgres) -> None:
    store = Database(Pool(postgres.app_dsn, size=1))
    held, release = threading.Event(), threading.Event()

    def hold(cursor: Cursor) -> int:
        held.set()
        release.wait(2)
        return backend(cursor)

    pids: list[int] = []
    holder = threading.Thread(target=lambda: pids.append(store.run(hold)))
    holder.start()
    held.wait(2)
    threading.Timer(0.1, release.set).start()
    pids.append(store.run(backend))
    holder.join(5)
    assert len(set(pids)) == 1
    store.close()


@pytest.mark.parametrize("code", ["40001", "40P01", "23505"])
def test_a_conflict_is_tried_again(store: Database, code: str) -> None:
    tries = []

    def work(cursor: Cursor) -> str:
        tries.append(code)
        if len(tries) < 4:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")
        return "done"

    assert store.run(work) == "done"
    assert len(tries) == 4


def test_a_conflict_without_end_is_an_outage_at_the_deadline(store: Database) -> None:
    with down_within(2.0), deadlines.deadline(0.3):
        store.run(lambda cursor: cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$"))


def test_a_wallet_that_somebody_holds_is_an_outage_and_decides_nothing(postgres: Postgres, postgres_bank: Bank) -> None:
    wallet = new_wallet()
    asked = charge(wallet, 30)
    postgres_bank.ledger.add([credit(wallet, 100)])
    with closing(psycopg2.connect(postgres.superuser_dsn)) as holder:
        holder.cursor().execute("SELECT 1 FROM wallets FOR UPDATE")
        with down_within(3.0):
            postgres_bank.ledger.deduct([asked])
    assert postgres_bank.ledger.find([asked.reference]) == {}
    assert postgres_bank.ledger.deduct([asked])[0].kind == "charged"


def test_a_refused_statement_is_a_bug_told_without_the_card_number(store: Database) -> None:
    insert = "INSERT INTO wallets (user_name, card_number, amount) VALUES ('Michael', '4111-1111', -1)"
    with pytest.raises(StatementRefused) as refused:
        store.run(lambda cursor: cursor.execute(insert))
    assert "CheckViolation 23514 wallets_amount_check" in str(refused.value)
    assert "4111" not in "".join(traceback.format_exception(refused.value))
    assert not database.is_outage(refused.value)


def test_what_fails_inside_a_transaction_is_rolled_back(store: Database, postgres: Postgres) -> None:
    def work(cursor: Cursor) -> None:
        cursor.execute("INSERT INTO wallets (user_name, card_number) VALUES ('Michael', '1')")
        raise LookupError

    with pytest.raises(LookupError):
        store.run(work)
    store.ping()
    assert postgres.ask("SELECT count(*) FROM wallets") == [(0,)]


def test_the_server_is_told_the_limits_and_to_keep_what_it_commits(store: Database) -> None:
    def show(cursor: Cursor) -> list[str]:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "synchronous_commit",
                 "transaction_isolation", "application_name")  # fmt: skip
        values = []
        for name in names:
            cursor.execute(f"SHOW {name}")
            values.append(str(cursor.fetchall()[0][0]))
        return values

    assert store.run(show) == ["3s", "2s", "3s", "on", "read committed", "walletservice"]


def test_an_address_that_is_none_stops_the_start_and_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as error:
        database.connect("postgresql://u:secret@/d?nonsense=1")
    assert "POSTGRES_DSN" in str(error.value)
    assert "secret" not in str(error.value)


COOPERATION = """
from gevent import monkey; monkey.patch_all()
import sys, time, gevent
from walletservice import database
store = database.connect(sys.argv[1])
store.ping()
started, ticks = time.monotonic(), []
sleeper = gevent.spawn(store.run, lambda cursor: cursor.execute("SELECT pg_sleep(0.5)"))
while not sleeper.ready():
    gevent.sleep(0.01); ticks.append(time.monotonic())
sleeper.get()
assert len(ticks) > 10, len(ticks)
"""


def test_under_gevent_one_slow_statement_holds_up_nobody_else(postgres: Postgres) -> None:
    subprocess.run([sys.executable, "-c", COOPERATION, postgres.app_dsn], check=True, timeout=30)
