"""What the database itself forbids, whatever the code does."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest
from psycopg2 import errors, extensions
from psycopg2.extensions import connection as Connection

from local.waiting import holds_within
from tests.contract.conftest import Bank, Postgres
from tests.fakes.walletservice import charge, credit, new_wallet
from walletservice import schema


@pytest.fixture
def app_role(postgres: Postgres, postgres_bank: Bank) -> Iterator[Connection]:
    """A connection of the application's role, to a ledger with something in it."""
    wallet = new_wallet()
    postgres_bank.ledger.add([credit(wallet, 100)])
    postgres_bank.ledger.deduct([charge(wallet, 30)])
    with closing(psycopg2.connect(postgres.app_dsn)) as connection:
        connection.autocommit = True
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET amount = 1",
        "UPDATE ledger SET reason = reason",
        "DELETE FROM ledger",
        "TRUNCATE ledger",
        "DROP TABLE ledger",
        "ALTER TABLE ledger DISABLE TRIGGER ALL",
        "ALTER TABLE ledger ADD COLUMN more text",
        "ALTER TABLE ledger DROP CONSTRAINT ledger_moved",
        "INSERT INTO ledger SELECT * FROM ledger ON CONFLICT (reference) DO UPDATE SET amount = 1",
        "MERGE INTO ledger USING wallets ON true WHEN MATCHED THEN UPDATE SET amount = 1",
        "DELETE FROM wallets",
        "TRUNCATE wallets CASCADE",
        "UPDATE wallets SET user_name = 'Eve'",
        "UPDATE wallets SET card_number = '1'",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE ledger (id int)",
        "CREATE SCHEMA mine",
        "SET ROLE wallet_owner",
        "SELECT setval('wallets_id_seq', 1)",
    ],
)
def test_the_applications_role_is_denied(app_role: Connection, statement: str) -> None:
    before = _ledger(app_role)
    with app_role.cursor() as cursor, pytest.raises(errors.InsufficientPrivilege):
        cursor.execute(statement)
    assert _ledger(app_role) == before


def test_the_applications_role_owns_nothing_and_is_nobody_else(app_role: Connection) -> None:
    with app_role.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication,"
            " EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid),"
            " EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False)


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("ledger_kind_check", "'stolen', 1, null, 'h', 1, 5"),
        ("ledger_moved", "'charged', 1, null, 'h', null, 5"),
        ("ledger_moved", "'charged', 0, null, 'h', 1, 5"),
        ("ledger_moved", "'charged', 1, null, 'h', 1, null"),
        ("ledger_moved", "'debited', 1, null, null, 1, 5"),
        ("ledger_moved", "'credited', 1, 'insufficient_funds', 'h', 1, 5"),
        ("ledger_balance_after_check", "'charged', 1, null, 'h', 1, -1"),
        ("ledger_balance_after_check", "'charged', 1, null, 'h', 1, 10000000000001"),
        ("ledger_credit_is_in_the_balance", "'credited', 6, null, 'h', 1, 5"),
        ("ledger_amount_check", "'declined', -1, 'insufficient_funds', 'h', 1, null"),
        ("ledger_declined", "'declined', 1, null, 'h', 1, null"),
        ("ledger_declined", "'declined', 1, 'insufficient_funds', 'h', 1, 5"),
        ("ledger_declined", "'declined', 1, 'insufficient_funds', 'h', null, null"),
        ("ledger_declined", "'declined', 1, 'insufficient_funds', null, 1, null"),
        ("ledger_reason_check", "'declined', 1, 'because', 'h', 1, null"),
        ("ledger_voided", "'voided', 1, null, null, null, null"),
        ("ledger_voided", "'voided', 0, null, 'h', null, null"),
        ("ledger_wallet_id_fkey", "'charged', 1, null, 'h', -1, 5"),
    ],
)
def test_the_ledger_takes_no_row_that_makes_no_sense(app_role: Connection, constraint: str, row: str) -> None:
    insert = "INSERT INTO ledger (reference, kind, amount, reason, request_hash, wallet_id, balance_after) VALUES"
    with app_role.cursor() as cursor, pytest.raises(psycopg2.IntegrityError) as refused:
        cursor.execute(f"{insert} ('payment:x', {row})")
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize(
    ("amount", "constraint"), [("-1", "wallets_amount_check"), (f"{10**13 + 1}", "wallets_balance_limit")]
)
def test_a_wallet_holds_neither_less_than_nothing_nor_too_much(
    app_role: Connection, amount: str, constraint: str
) -> None:
    with app_role.cursor() as cursor, pytest.raises(psycopg2.IntegrityError) as refused:
        cursor.execute(f"UPDATE wallets SET amount = {amount}")
    assert refused.value.diag.constraint_name == constraint


def test_a_reference_is_in_the_ledger_once(app_role: Connection) -> None:
    columns = "reference, kind, amount, reason, request_hash, wallet_id, balance_after"
    with app_role.cursor() as cursor, pytest.raises(errors.UniqueViolation):
        cursor.execute(f"INSERT INTO ledger ({columns}) SELECT {columns} FROM ledger")


def test_a_name_and_a_card_number_have_one_wallet(app_role: Connection) -> None:
    insert = "INSERT INTO wallets (user_name, card_number, amount) SELECT user_name, card_number, 1 FROM wallets"
    with app_role.cursor() as cursor, pytest.raises(errors.UniqueViolation):
        cursor.execute(insert)


def test_the_schema_is_applied_again_and_twice_at_once_without_harm(postgres: Postgres, app_role: Connection) -> None:
    before = _ledger(app_role)
    together = threading.Barrier(4)

    def apply(_: int) -> None:
        together.wait()
        schema.apply(postgres.owner_dsn, "wallet_app")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(apply, range(4)))
    assert _ledger(app_role) == before


def test_the_schema_is_applied_to_an_empty_database_from_two_sides(postgres: Postgres) -> None:
    postgres.ask("DROP TABLE ledger, wallets")
    together = threading.Barrier(4)

    def apply(_: int) -> None:
        together.wait()
        schema.apply(postgres.owner_dsn, "wallet_app")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(apply, range(4)))
    assert postgres.ask("SELECT count(*) FROM ledger") == [(0,)]


def test_the_command_reads_its_environment(postgres: Postgres) -> None:
    postgres.ask("DROP TABLE ledger, wallets")
    environment = {**os.environ, "POSTGRES_OWNER_DSN": postgres.owner_dsn, "POSTGRES_APP_ROLE": "wallet_app"}
    subprocess.run([sys.executable, "-m", "walletservice.schema"], env=environment, check=True, timeout=30)
    assert postgres.ask("SELECT count(*) FROM wallets") == [(0,)]


@pytest.fixture
def schema_locked(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody else applies it, and does not come to an end."""
    monkeypatch.setenv("POSTGRES_OWNER_DSN", postgres.owner_dsn)
    monkeypatch.setattr(schema, "PATIENCE_SECONDS", 0.0)
    callback = extensions.get_wait_callback()
    with closing(psycopg2.connect(postgres.owner_dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [schema.ONE_AT_A_TIME])
        yield
    extensions.set_wait_callback(callback)


@pytest.mark.usefixtures("schema_locked")
@pytest.mark.parametrize(
    ("limit", "value", "why"),
    [
        ("OPTIONS", "-c lock_timeout=100ms", "canceling statement due to lock timeout"),
        ("OPTIONS", "-c statement_timeout=100ms", "canceling statement due to statement timeout"),
        ("ANSWER_LIMIT", 0.1, "PostgreSQL did not answer in time"),
    ],
)
def test_an_answer_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: object, why: str
) -> None:
    monkeypatch.setattr(schema, limit, value)
    with pytest.raises(SystemExit, match=why):
        schema.main()


@pytest.mark.usefixtures("schema_locked")
def test_what_ended_the_connection_is_told(postgres: Postgres) -> None:
    waits = "FROM pg_stat_activity WHERE application_name = 'walletservice.schema' AND wait_event_type = 'Lock'"
    with ThreadPoolExecutor(1) as threads:
        applied = threads.submit(schema.main)
        assert holds_within(10, lambda: postgres.ask(f"SELECT pg_terminate_backend(pid) {waits}") == [(True,)])
        with pytest.raises(SystemExit, match="terminating connection due to administrator command"):
            applied.result()


def test_the_command_names_the_variable_that_is_missing() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "POSTGRES_OWNER_DSN"}
    run = subprocess.run(
        [sys.executable, "-m", "walletservice.schema"], env=environment, capture_output=True, text=True, timeout=30
    )
    assert run.returncode == 1
    assert "POSTGRES_OWNER_DSN" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM ledger WHERE reference = ANY(ARRAY['payment:1', 'payment:2'])",
        "SELECT * FROM wallets WHERE (user_name, card_number) IN (('a', '1'), ('b', '2')) ORDER BY id FOR UPDATE",
        "SELECT * FROM wallets WHERE id < 5 ORDER BY id DESC LIMIT 2",
        "SELECT id FROM wallets WHERE id = 5",
        "UPDATE wallets SET amount = new.amount FROM (VALUES (1, 5)) AS new (id, amount) WHERE wallets.id = new.id",
    ],
)
def test_every_query_of_the_service_finds_an_index(app_role: Connection, query: str) -> None:
    with app_role.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index" in plan
    assert "Seq Scan" not in plan


def _ledger(connection: Connection) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ledger ORDER BY reference")
        return cursor.fetchall()
