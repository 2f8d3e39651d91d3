"""Many at once: what is there is given out once, and the sums are exact."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import TypeVar

import pytest
from requests import Response

from tests.blackbox.shop import Shop

T = TypeVar("T")
BUYERS, ITEMS, PRICE = 64, 10, 8.5


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Let all begin together; their results in order."""
    start = threading.Barrier(len(acts))

    def begin(act: Callable[[], T]) -> T:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(begin, acts))


def count(answers: Sequence[Response]) -> Counter[tuple[int, str]]:
    return Counter((each.status_code, each.json().get("code", "")) for each in answers)


def test_sixty_four_buyers_of_ten_items(shop: Shop) -> None:
    with ThreadPoolExecutor(8) as pool:
        buyers = list(pool.map(lambda _: shop.customer(funds=100), range(BUYERS)))
    product = shop.product(price=PRICE, quantity=ITEMS)
    answers = at_once([partial(shop.buy_surely, buyer, product) for buyer in buyers])
    assert count(answers) == {(201, ""): ITEMS, (409, "out_of_stock"): BUYERS - ITEMS}
    assert shop.stock_of(product) == 0
    for buyer, answer in zip(buyers, answers, strict=True):
        orders = shop.orders_of(buyer)
        if answer.status_code == 201:
            assert shop.funds_of(buyer) == 100 - Decimal("8.5")
            assert [each["_id"] for each in orders] == [answer.json()["payment_id"]]
        else:
            assert shop.funds_of(buyer) == 100
            assert orders == []


def test_one_wallet_emptied_from_thirty_two_sides(shop: Shop) -> None:
    customer = shop.customer(funds=100)
    seen: list[Decimal] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.append(shop.funds_of(customer))

    watcher = threading.Thread(target=watch)
    watcher.start()
    answers = at_once([lambda: shop.charge(customer, 7)] * 32)
    over.set()
    watcher.join()
    assert count(answers) == {(200, ""): 14, (402, "insufficient_funds"): 18}
    assert shop.funds_of(customer) == 2
    assert min(seen) >= 2
    assert sorted(seen, reverse=True) == seen
    assert sorted(each.json()["amount"] for each in answers if each.status_code == 200) == list(range(2, 100, 7))


def test_one_wallet_paying_for_more_than_it_holds(shop: Shop) -> None:
    customer, product = shop.customer(funds=100), shop.product(price=30, quantity=50)
    answers = at_once([lambda: shop.buy_surely(customer, product)] * 32)
    assert count(answers) == {(201, ""): 3, (402, "insufficient_funds"): 29}
    assert shop.funds_of(customer) == 10
    assert len(shop.orders_of(customer)) == 3
    assert shop.eventually(lambda: shop.stock_of(product) == 47)


def test_one_shelf_emptied_from_thirty_two_sides(shop: Shop) -> None:
    product = shop.product(quantity=100)
    answers = at_once([lambda: shop.take(product, 7)] * 32)
    assert count(answers) == {(200, ""): 14, (409, "out_of_stock"): 18}
    assert shop.stock_of(product) == 2


def test_money_and_pieces_brought_in_at_once_all_arrive(shop: Shop) -> None:
    customer, product = shop.customer(), shop.product(quantity=1)
    at_once([lambda: shop.top_up(customer, 0.1)] * 16 + [lambda: shop.stock(product, price=10, quantity=3)] * 16)
    assert shop.funds_of(customer) == Decimal("1.6")
    assert shop.stock_of(product) == 49


@pytest.mark.parametrize("_round", range(5))
def test_one_key_from_sixteen_sides_while_the_wallet_is_topped_up(shop: Shop, _round: int) -> None:
    customer, product = shop.customer(funds=40), shop.product(price=50, quantity=5)
    key = uuid.uuid4().hex
    *answers, topped_up = at_once(
        [lambda: shop.buy_surely(customer, product, key=key)] * 16 + [lambda: shop.top_up(customer, 40)]
    )
    assert topped_up.status_code == 201
    outcomes = count(answers)
    assert len(outcomes) == 1
    assert outcomes.keys() <= {(201, ""), (402, "insufficient_funds")}
    assert len({each.json()["payment_id"] for each in answers}) == 1
    bought = answers[0].status_code == 201
    assert len(shop.orders_of(customer)) == bought
    assert shop.funds_of(customer) == (30 if bought else 80)
    assert shop.eventually(lambda: shop.stock_of(product) == (4 if bought else 5))
    status = shop.get("payments", f"/payments/{answers[0].json()['payment_id']}").json()["status"]
    assert status == ("completed" if bought else "failed")


@pytest.mark.parametrize("path", ["/products/deduct", "/wallets/deduct", "/wallets/add", "/products"])
def test_one_key_from_sixteen_sides_counts_once(shop: Shop, path: str) -> None:
    customer, product, key = shop.customer(funds=100), shop.product(price=10, quantity=100), uuid.uuid4().hex
    acts: dict[str, Callable[[], Response]] = {
        "/products/deduct": lambda: shop.take(product, 7, key=key),
        "/wallets/deduct": lambda: shop.charge(customer, 7, key=key),
        "/wallets/add": lambda: shop.top_up(customer, 7, key=key),
        "/products": lambda: shop.stock(product, price=10, quantity=7, key=key),
    }
    answers = at_once([acts[path]] * 16)
    assert len({(each.status_code, each.text) for each in answers}) == 1
    assert answers[0].ok
    moved = {"/products/deduct": (100, 93), "/wallets/deduct": (93, 100), "/wallets/add": (107, 100)}
    funds, stock = moved.get(path, (100, 107))
    assert shop.funds_of(customer) == funds
    assert shop.stock_of(product) == stock


def test_a_new_product_and_a_new_wallet_made_at_once_are_one(shop: Shop) -> None:
    customer, product = shop.customer(), f"Product {uuid.uuid4().hex}"
    made = at_once([lambda: shop.stock(product, price=10, quantity=1)] * 16)
    assert count(made) == {(201, ""): 1, (200, ""): 15}
    assert shop.stock_of(product) == 16
    filled = at_once([lambda: shop.top_up(customer, 1)] * 16)
    assert len({each.json()["_id"] for each in filled}) == 1
    assert shop.funds_of(customer) == 16


def test_a_price_changed_while_it_is_paid_is_charged_as_it_was_told(shop: Shop) -> None:
    customer, product = shop.customer(funds=1000), shop.product(price=10, quantity=100)
    prices = [partial(shop.set_price, product, price) for price in (11, 12, 13, 14)]
    answers = at_once([partial(shop.buy_surely, customer, product)] * 16 + prices)[:16]
    paid = [Decimal(str(each.json()["amount"])) for each in answers if each.status_code == 201]
    assert set(count(answers)) <= {(201, ""), (409, "price_changed")}
    assert shop.funds_of(customer) == 1000 - sum(paid)
    assert sorted(each["amount"] for each in shop.orders_of(customer)) == sorted(paid)
    assert shop.eventually(lambda: shop.stock_of(product) == 100 - len(paid))


def test_an_address_wanted_by_sixteen_at_once_is_ones(shop: Shop) -> None:
    body = {"user_name": "Michael", "email": f"{uuid.uuid4().hex}@example.com", "card_number": "1"}
    answers = at_once([lambda: shop.post("users", "/users", body)] * 16)
    assert count(answers) == {(201, ""): 1, (409, "email_taken"): 15}
