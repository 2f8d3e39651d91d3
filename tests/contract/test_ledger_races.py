"""Many at once over one ledger: one decision a reference, no cent made or lost, nobody waits for ever."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from typing import TypeVar

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection

from tests.contract.conftest import Bank, Postgres
from tests.fakes.walletservice import charge, credit, debit, new_payment, new_wallet
from walletservice.decisions import Entry
from walletservice.domain import WalletKey

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Start all calls at the same moment, each in a thread of its own; their answers."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@pytest.mark.parametrize("_", range(5))
def test_void_and_charge_of_one_reference_at_once_decide_once(bank: Bank, _: int) -> None:
    wallet, reference = new_wallet(), new_payment()
    bank.ledger.add([credit(wallet, 100)])
    asked = charge(wallet, 30, reference=reference)
    answers = at_once([lambda: bank.ledger.deduct([asked]), lambda: bank.ledger.void([reference])] * 8)
    kinds = {entry.kind for [entry] in answers}
    assert len(kinds) == 1
    assert bank.wallets.amounts({wallet})[wallet] == (70 if kinds == {"charged"} else 100)


def test_one_key_from_sixteen_sides_while_the_wallet_is_topped_up_decides_once(bank: Bank) -> None:
    wallet = new_wallet()
    bank.ledger.add([credit(wallet, 1)])
    asked = charge(wallet, 30)
    answers = at_once([lambda: bank.ledger.deduct([asked])] * 16 + [lambda: bank.ledger.add([credit(wallet, 10)])] * 8)
    [decided] = set(answers[0])
    assert {entry for [entry] in answers[:16]} == {decided}
    assert bank.wallets.amounts({wallet})[wallet] == 81 - (30 if decided.kind == "charged" else 0)


def test_one_wallet_emptied_from_thirty_two_sides_gives_what_it_had_and_no_more(bank: Bank) -> None:
    wallet = new_wallet()
    bank.ledger.add([credit(wallet, 100)])
    answers = at_once([lambda: bank.ledger.deduct([debit(wallet, 7)])] * 32)
    kinds = [entry.kind for [entry] in answers]
    assert (kinds.count("debited"), kinds.count("declined")) == (14, 18)
    assert bank.wallets.amounts({wallet})[wallet] == 2


def test_a_wallet_created_from_many_sides_is_one_wallet(bank: Bank) -> None:
    wallet = new_wallet()
    at_once([lambda: bank.ledger.add([credit(wallet, 5)])] * 16)
    [only] = bank.wallets.list(limit=10, after=None)
    assert only.amount == 80


def test_lists_over_the_same_wallets_in_opposite_order_never_deadlock(bank: Bank) -> None:
    wallets = [new_wallet() for _ in range(8)]
    bank.ledger.add([credit(each, 10_000) for each in wallets])
    references = [new_payment() for _ in wallets]

    def forwards() -> None:
        for _ in range(10):
            bank.ledger.deduct([charge(each, 1) for each in wallets])

    def backwards() -> None:
        for _ in range(10):
            bank.ledger.deduct([charge(each, 1) for each in reversed(wallets)])
            bank.ledger.deduct([charge(w, 1, reference=r) for w, r in zip(wallets, reversed(references), strict=True)])
            bank.ledger.deduct([charge(w, 1, reference=r) for w, r in zip(wallets, references, strict=True)])

    at_once([forwards, backwards] * 4)
    assert sum(bank.wallets.amounts(set(wallets)).values()) == 8 * 10_000 - 8 * 10 * 8 - 8


def test_lists_that_create_the_same_wallets_in_opposite_order_never_deadlock(bank: Bank) -> None:
    def create(order: list[WalletKey]) -> list[Entry]:
        return bank.ledger.add([credit(each, 1) for each in order])

    for _ in range(5):
        wallets = [new_wallet() for _ in range(8)]
        at_once([partial(create, wallets), partial(create, wallets[::-1])] * 4)
        assert set(bank.wallets.amounts(set(wallets)).values()) == {8}


@contextmanager
def waiting_for(holder: Connection, postgres: Postgres, call: Callable[[], T]) -> Iterator[Future[T]]:
    """While `call` waits for what `holder` has; afterwards `holder` lets go."""
    waits = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
    )
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(call)
        ends_at = time.monotonic() + 2
        while postgres.ask(waits) == [(False,)]:
            assert time.monotonic() < ends_at
        try:
            yield answer
        finally:
            holder.rollback()


def test_a_list_that_waits_for_its_first_reference_holds_no_later_one(postgres: Postgres, postgres_bank: Bank) -> None:
    number = "hashtextextended(%s, 0)"
    references = [new_payment() for _ in range(16)]
    in_order = sorted(references, key=lambda each: int(postgres.ask(f"SELECT {number}", each)[0][0]))
    with closing(psycopg2.connect(postgres.superuser_dsn)) as holder, holder.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({number})", [in_order[0]])
        with waiting_for(holder, postgres, lambda: postgres_bank.ledger.void(in_order[::-1])) as answer:
            for each in in_order[1:]:
                cursor.execute(f"SELECT pg_try_advisory_xact_lock({number})", [each])
                assert cursor.fetchall() == [(True,)]
        assert [each.kind for each in answer.result()] == ["voided"] * 16


def test_a_list_that_waits_to_create_its_first_wallet_has_created_no_later_one(
    postgres: Postgres, postgres_bank: Bank
) -> None:
    insert = "INSERT INTO wallets (user_name, card_number) VALUES (%s, %s)"
    wallets = sorted(new_wallet() for _ in range(16))
    with closing(psycopg2.connect(postgres.superuser_dsn)) as holder, holder.cursor() as cursor:
        cursor.execute("SET lock_timeout = '500ms'")
        cursor.execute(insert, wallets[0])
        with waiting_for(
            holder, postgres, lambda: postgres_bank.ledger.add([credit(each, 5) for each in reversed(wallets)])
        ) as answer:
            for each in wallets[1:]:
                cursor.execute(insert, each)
        assert [each.kind for each in answer.result()] == ["credited"] * 16
