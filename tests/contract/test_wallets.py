"""Wallets as a list, the fake's and PostgreSQL's alike."""

import pytest

from chassis.errors import Malformed
from tests.contract.conftest import Bank
from tests.fakes.walletservice import credit, new_wallet


def test_a_credit_creates_its_wallet_and_the_next_one_adds_to_it(bank: Bank) -> None:
    wallet = new_wallet()
    bank.ledger.add([credit(wallet, 12000000)])
    bank.ledger.add([credit(wallet, 90)])
    [listed] = bank.wallets.list(limit=10, after=None)
    assert (listed.user_name, listed.card_number) == wallet
    assert listed.amount == 12000090


def test_one_name_with_two_cards_has_two_wallets(bank: Bank) -> None:
    bank.ledger.add([credit(("Michael", "1"), 100), credit(("Michael", "2"), 200)])
    assert bank.wallets.amounts({("Michael", "1"), ("Michael", "2")}) == {("Michael", "1"): 100, ("Michael", "2"): 200}


def test_amounts_leave_out_wallets_that_do_not_exist(bank: Bank) -> None:
    wallet = new_wallet()
    bank.ledger.add([credit(wallet, 5), credit(new_wallet(), 6)])
    assert bank.wallets.amounts({wallet, new_wallet()}) == {wallet: 5}


def test_pages_go_through_all_wallets_newest_first(bank: Bank) -> None:
    wallets = [new_wallet() for _ in range(5)]
    for each in wallets:
        bank.ledger.add([credit(each, 1)])
    first = bank.wallets.list(limit=2, after=None)
    second = bank.wallets.list(limit=2, after=first[-1].id)
    third = bank.wallets.list(limit=2, after=second[-1].id)
    seen = [(each.user_name, each.card_number) for each in [*first, *second, *third]]
    assert seen == wallets[::-1]
    assert bank.wallets.list(limit=2, after=third[-1].id) == []


@pytest.mark.parametrize("after", ["999999", "", "x", "-1", "1.0", "٣", "²", "9" * 100])
def test_a_page_after_an_unknown_wallet_is_malformed(bank: Bank, after: str) -> None:
    with pytest.raises(Malformed):
        bank.wallets.list(limit=10, after=after)


def test_a_page_after_another_spelling_of_an_id_is_malformed(bank: Bank) -> None:
    bank.ledger.add([credit(new_wallet(), 5)])
    [wallet] = bank.wallets.list(limit=1, after=None)
    with pytest.raises(Malformed):
        bank.wallets.list(limit=10, after=f"0{wallet.id}")


def test_a_name_may_hold_what_sql_takes_for_syntax(bank: Bank) -> None:
    wallet = ("O'Brien %s \\ {x}; DROP TABLE ledger; --", "1")
    bank.ledger.add([credit(wallet, 5)])
    assert bank.wallets.list(limit=1, after=None)[0].user_name == wallet[0]
