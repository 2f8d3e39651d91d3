"""The schema's run waits for a PostgreSQL that is still starting, and for nothing else."""

import socket
from collections.abc import Callable, Iterator
from time import monotonic

import psycopg2
import pytest
from psycopg2 import extensions

from chassis.settings import SettingsError
from walletservice import schema
from walletservice.schema import PATIENCE_SECONDS, check, keep_trying, main

STARTING = [
    'could not translate host name "postgresql" to address: Name or service not known\n',
    'connection to server at "postgresql", port 5432 failed: Connection refused\n\tIs the server running ...?\n',
    'connection to server at "postgresql", port 5432 failed: Connection refused\n\tIs the server running ...?\n',
    "FATAL:  the database system is starting up\n",
    'FATAL:  password authentication failed for user "wallet_owner"\n',
    'FATAL:  database "walletdb" does not exist\n',
]


class Time:
    """Goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def failing_with(messages: list[str]) -> Callable[[], None]:
    rest = iter(messages)

    def action() -> None:
        if message := next(rest, None):
            raise psycopg2.OperationalError(message)

    return action


def test_it_waits_for_a_server_that_starts_and_says_once_what_it_waits_for(capsys: pytest.CaptureFixture[str]) -> None:
    time = Time()
    keep_trying(failing_with(STARTING), clock=time.clock, sleep=time.sleep)
    assert 0 < time.now < PATIENCE_SECONDS
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f"waiting for PostgreSQL: {message.splitlines()[0]}" for message in dict.fromkeys(STARTING)
    ]


def test_it_says_nothing_where_there_is_nothing_to_wait_for(capsys: pytest.CaptureFixture[str]) -> None:
    time = Time()
    keep_trying(failing_with([]), clock=time.clock, sleep=time.sleep)
    assert (time.now, capsys.readouterr().err) == (0.0, "")


@pytest.mark.parametrize("closed", [psycopg2.InterfaceError("connection already closed"), psycopg2.OperationalError()])
def test_a_connection_that_was_closed_is_made_again(closed: psycopg2.Error) -> None:
    ends = iter([closed, None])
    time = Time()

    def action() -> None:
        if error := next(ends):
            raise error

    keep_trying(action, clock=time.clock, sleep=time.sleep)
    assert 0 < time.now < PATIENCE_SECONDS


@pytest.fixture
def waits_as_before() -> Iterator[None]:
    callback = extensions.get_wait_callback()
    yield
    extensions.set_wait_callback(callback)


@pytest.mark.usefixtures("waits_as_before")
def test_a_server_that_takes_the_connection_and_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "CONNECT_LIMIT", 0.1)
    monkeypatch.setattr(schema, "PATIENCE_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv(
            "POSTGRES_OWNER_DSN", f"postgresql://wallet_owner@127.0.0.1:{silent.getsockname()[1]}/walletdb"
        )
        started = monotonic()
        with pytest.raises(SystemExit, match="PostgreSQL did not answer in time"):
            main()
    assert monotonic() - started < 2


def test_it_gives_up_in_the_end_and_says_why() -> None:
    time = Time()
    with pytest.raises(SystemExit, match=r"^error: PostgreSQL did not take the schema within 60 s: FATAL:  no$"):
        keep_trying(failing_with(["FATAL:  no\n"] * 1000), clock=time.clock, sleep=time.sleep)
    assert time.now == pytest.approx(PATIENCE_SECONDS, abs=1)


def test_a_mistake_in_the_schema_is_no_reason_to_wait() -> None:
    def mistaken() -> None:
        raise psycopg2.errors.SyntaxError("at or near")

    with pytest.raises(psycopg2.errors.SyntaxError):
        keep_trying(mistaken, sleep=lambda seconds: pytest.fail("it waited"))


@pytest.mark.parametrize(
    "dsn",
    [
        "",
        "sesame",
        "http://wallet_owner:sesame@postgresql/walletdb",
        "postgresql://wallet_owner:sesame/open@postgresql:5432/walletdb",
        "postgresql://wallet_owner:sesame@open@postgresql:5432/walletdb",
        "postgresql://wallet_owner:sesame%open@postgresql:5432/walletdb",
        "postgresql://wallet_owner:sesame@postgresql:port/walletdb",
        "postgresql://wallet_owner:sesame@postgresql:5432/walletdb?sesame=open",
        "host=postgresql password='sesame",
    ],
)
def test_what_is_no_address_is_refused_without_a_piece_of_it(dsn: str) -> None:
    with pytest.raises(SettingsError, match="POSTGRES_OWNER_DSN: not of the form postgresql://") as refused:
        check(dsn)
    assert "sesame" not in str(refused.value)
    assert refused.value.__context__ is None


def test_the_command_refuses_it_before_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_OWNER_DSN", "sesame")
    with pytest.raises(SettingsError, match="POSTGRES_OWNER_DSN"):
        main()


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://wallet_owner:sesame@postgresql:5432/walletdb",
        "postgresql://wallet_owner:sesame@postgresql/walletdb",
        "postgresql://wallet_owner@[::1]:5432/walletdb?connect_timeout=2",
        "host=/tmp dbname=walletdb",
    ],
)
def test_an_address_is_taken(dsn: str) -> None:
    check(dsn)
