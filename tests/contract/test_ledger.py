"""Decisions and their stickiness, the fake's and PostgreSQL's alike."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.fields import MAX_BALANCE
from tests.contract.conftest import Bank
from tests.fakes.walletservice import charge, credit, debit, new_payment, new_wallet
from walletservice.decisions import Movement
from walletservice.domain import WalletKey


def balance(bank: Bank, wallet: WalletKey) -> int:
    return bank.wallets.amounts({wallet})[wallet]


@pytest.mark.parametrize(("movement", "kind"), [(charge, "charged"), (debit, "debited")])
def test_money_taken_is_recorded_with_what_was_left(bank: Bank, movement: Callable[..., Movement], kind: str) -> None:
    wallet = new_wallet()
    bank.ledger.add([credit(wallet, 100)])
    asked = movement(wallet, 30)
    [entry] = bank.ledger.deduct([asked])
    assert (entry.kind, entry.amount, entry.reason, entry.balance_after) == (kind, 30, None, 70)
    assert (entry.reference, entry.request_hash) == (asked.reference, asked.request_hash)
    assert balance(bank, wallet) == 70


def test_the_whole_of_a_wallet_may_be_taken(bank: Bank) -> None:
    wallet = new_wallet()
    bank.ledger.add([credit(wallet, 100)])
    assert bank.ledger.deduct([charge(wallet, 100)])[0].kind == "charged"
    assert balance(bank, wallet) == 0


def test_more_than_is_there_is_declined_and_takes_nothing(bank: Bank) -> None:
    wallet = new_wallet()
    bank.ledger.add([credit(wallet, 100)])
    [entry] = bank.ledger.deduct([charge(wallet, 101)])
    assert (entry.kind, entry.amount, entry.reason, entry.balance_after) == (
        "declined", 101, "insufficient_funds", None,
    )  # fmt: skip
    assert balance(bank, wallet) == 100


def test_a_wallet_that_does_not_exist_declines_and_is_not_created(bank: Bank) -> None:
    wallet = new_wallet()
    [entry] = bank.ledger.deduct([charge(wallet, 1)])
    assert (entry.kind, entry.reason, entry.wallet_id) == ("declined", "wallet_not_found", None)
    assert bank.wallets.amounts({wallet}) == {}


def test_a_charge_asked_twice_is_charged_once(bank: Bank) -> None:
    wallet = new_wallet()
    bank.ledger.add([credit(wallet, 100)])
    asked = charge(wallet, 30)
    assert bank.ledger.deduct([asked]) == bank.ledger.deduct([asked])
    assert balance(bank, wallet) == 70


def test_a_credit_asked_twice_is_credited_once(bank: Bank) -> None:
    wallet = new_wallet()
    asked = credit(wallet, 30)
    assert bank.ledger.add([asked]) == bank.ledger.add([asked])
    assert balance(bank, wallet) == 30


def test_the_recorded_charge_is_answered_whatever_amount_is_asked_later(bank: Bank) -> None:
    wallet, reference = new_wallet(), new_payment()
    bank.ledger.add([credit(wallet, 100)])
    bank.ledger.deduct([charge(wallet, 30, reference=reference)])
    [again] = bank.ledger.deduct([charge(wallet, 60, reference=reference, request_hash="another body")])
    assert (again.kind, again.amount, again.request_hash) == ("charged", 30, "a body")
    assert balance(bank, wallet) == 70


@pytest.mark.parametrize("exists", [True, False])
def test_a_refusal_stays_one_after_the_wallet_is_filled(bank: Bank, exists: bool) -> None:
    wallet = new_wallet()
    if exists:
        bank.ledger.add([credit(wallet, 1)])
    asked = charge(wallet, 30)
    first = bank.ledger.deduct([asked])
    bank.ledger.add([credit(wallet, 100)])
    assert bank.ledger.deduct([asked]) == first
    assert first[0].kind == "declined"


def test_void_then_charge_is_voided(bank: Bank) -> None:
    wallet, reference = new_wallet(), new_payment()
    bank.ledger.add([credit(wallet, 100)])
    [voided] = bank.ledger.void([reference])
    [entry] = bank.ledger.deduct([charge(wallet, 30, reference=reference)])
    assert voided == entry
    assert (entry.kind, entry.amount, entry.reason) == ("voided", 0, None)
    assert balance(bank, wallet) == 100


def test_charge_then_void_is_charged(bank: Bank) -> None:
    wallet, reference = new_wallet(), new_payment()
    bank.ledger.add([credit(wallet, 100)])
    charged = bank.ledger.deduct([charge(wallet, 30, reference=reference)])
    assert bank.ledger.void([reference]) == charged
    assert balance(bank, wallet) == 70


def test_decline_then_void_is_declined(bank: Bank) -> None:
    asked = charge(new_wallet(), 30)
    declined = bank.ledger.deduct([asked])
    assert bank.ledger.void([asked.reference]) == declined


def test_voided_twice_is_voided(bank: Bank) -> None:
    reference = new_payment()
    assert bank.ledger.void([reference, reference]) == bank.ledger.void([reference]) * 2


def test_a_reference_twice_in_one_list_is_decided_once_by_its_first_command(bank: Bank) -> None:
    wallet, reference = new_wallet(), new_payment()
    bank.ledger.add([credit(wallet, 100)])
    first, second = bank.ledger.deduct(
        [charge(wallet, 30, reference=reference), charge(wallet, 60, reference=reference)]
    )
    assert first == second
    assert first.amount == 30
    assert balance(bank, wallet) == 70


def test_a_list_is_decided_in_its_order_on_running_balances(bank: Bank) -> None:
    wallet = new_wallet()
    bank.ledger.add([credit(wallet, 100)])
    entries = bank.ledger.deduct([charge(wallet, each) for each in (60, 50, 40, 1)])
    assert [each.kind for each in entries] == ["charged", "declined", "charged", "declined"]
    assert [each.balance_after for each in entries] == [40, None, 0, None]
    assert balance(bank, wallet) == 0


def test_answers_come_in_the_order_of_the_list_old_and_new_mixed(bank: Bank) -> None:
    wallets = [new_wallet() for _ in range(4)]
    bank.ledger.add([credit(each, 100) for each in wallets])
    asked = [charge(each, 10 + number) for number, each in enumerate(wallets)]
    bank.ledger.deduct([asked[2], asked[0]])
    assert [(each.reference, each.amount) for each in bank.ledger.deduct(asked)] == [
        (each.reference, each.amount) for each in asked
    ]


def test_a_balance_above_the_maximum_is_refused_and_recorded(bank: Bank) -> None:
    wallet = new_wallet()
    full, over = bank.ledger.add([credit(wallet, MAX_BALANCE), credit(wallet, 1)])
    assert (full.kind, full.balance_after) == ("credited", MAX_BALANCE)
    assert (over.kind, over.reason) == ("declined", "balance_limit")
    assert bank.ledger.find([over.reference]) == {over.reference: over}
    assert balance(bank, wallet) == MAX_BALANCE


def test_find_tells_what_is_decided_and_leaves_out_the_rest(bank: Bank) -> None:
    undecided, decided = new_payment(), new_payment()
    [entry] = bank.ledger.void([decided])
    assert bank.ledger.find({undecided, decided}) == {decided: entry}


def test_an_empty_list_has_an_empty_answer(bank: Bank) -> None:
    assert bank.ledger.deduct([]) == bank.ledger.add([]) == bank.ledger.void([]) == []
    assert bank.ledger.find([]) == {}
    assert bank.wallets.amounts([]) == {}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_what_was_credited_is_what_is_left_and_charged_and_debited(bank: Bank, data: st.DataObject) -> None:
    wallets = [new_wallet() for _ in range(3)]
    references = [new_payment() for _ in range(6)]
    movement = st.builds(
        lambda make, wallet, amount, reference: make(wallet, amount, reference=reference),
        st.sampled_from([charge, debit, credit]),
        st.sampled_from(wallets),
        st.integers(1, 100),
        st.one_of(st.none(), st.sampled_from(references)),
    )
    for batch in data.draw(st.lists(st.lists(movement, min_size=1, max_size=6), max_size=8)):
        entries = bank.ledger.add([each for each in batch if each.kind == "credited"])
        entries += bank.ledger.deduct([each for each in batch if each.kind != "credited"])
        references += [each.reference for each in entries]
    found = bank.ledger.find(set(references)).values()
    moved = {
        kind: sum(each.amount for each in found if each.kind == kind) for kind in ("credited", "charged", "debited")
    }
    balances = bank.wallets.amounts(set(wallets)).values()
    assert all(each >= 0 for each in balances)
    assert moved["credited"] == sum(balances) + moved["charged"] + moved["debited"]
