"""Lists from outside: newest first, page by page, whoever else fills them meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.blackbox.shop import Shop, assert_refused

COUNT = 5


def users(shop: Shop) -> tuple[str, str, list[str]]:
    return "users", "/users", [shop.customer().user_id for _ in range(COUNT)]


def products(shop: Shop) -> tuple[str, str, list[str]]:
    names = [shop.product() for _ in range(COUNT)]
    return "products", "/products", [shop.get("products", f"/products/{each}").json()["_id"] for each in names]


def wallets(shop: Shop) -> tuple[str, str, list[str]]:
    customers = [shop.customer() for _ in range(COUNT)]
    return "wallets", "/wallets", [shop.top_up(each, 1).json()["_id"] for each in customers]


def orders(shop: Shop) -> tuple[str, str, list[str]]:
    return "orders", "/orders", _buy(shop)[1]


def orders_of_a_user(shop: Shop) -> tuple[str, str, list[str]]:
    user_id, bought = _buy(shop)
    return "orders", f"/orders/user/{user_id}", bought


def payments(shop: Shop) -> tuple[str, str, list[str]]:
    return "payments", "/payments", _buy(shop)[1]


def _buy(shop: Shop) -> tuple[str, list[str]]:
    customer, product = shop.customer(funds=1000), shop.product(price=10)
    return customer.user_id, [shop.buy(customer, product).json()["payment_id"] for _ in range(COUNT)]


Made = tuple[str, str, list[str]]
LISTS: list[Callable[[Shop], Made]] = [users, products, wallets, orders, orders_of_a_user, payments]
SERVICES = [
    ("users", "/users"),
    ("products", "/products"),
    ("wallets", "/wallets"),
    ("wallets", "/wallet"),
    ("orders", "/orders"),
    ("orders", "/orders/user/somebody"),
    ("payments", "/payments"),
    ("payments", "/payment"),
]


@pytest.mark.parametrize("make", LISTS)
def test_a_list_is_newest_first_and_its_pages_join(shop: Shop, make: Callable[[Shop], Made]) -> None:
    service, path, made = make(shop)
    seen: list[str] = []
    for entry in shop.everything(service, path, limit=2):
        seen.append(entry["_id"])
        if entry["_id"] == made[0]:
            break
    assert [each for each in seen if each in made] == made[::-1]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("make", LISTS)
def test_a_page_holds_what_was_asked_and_links_to_the_next(shop: Shop, make: Callable[[Shop], Made]) -> None:
    service, path, made = make(shop)
    first = shop.get(service, path, limit=2)
    assert first.status_code == 200
    assert len(first.json()) == 2
    last = first.json()[-1]["_id"]
    assert first.links["next"]["url"] == f"{path}?limit=2&after={last}"
    second = shop.get(service, first.links["next"]["url"])
    assert second.status_code == 200
    assert last not in [each["_id"] for each in second.json()]


def test_the_last_page_has_no_link(shop: Shop) -> None:
    _, path, made = orders_of_a_user(shop)
    whole = shop.get("orders", path, limit=COUNT)
    assert [each["_id"] for each in whole.json()] == made[::-1]
    assert "next" not in whole.links
    rest = shop.get("orders", path, limit=COUNT, after=made[2])
    assert [each["_id"] for each in rest.json()] == [made[1], made[0]]
    assert "next" not in rest.links
    assert shop.get("orders", path, after=made[0]).json() == []


def test_what_comes_in_meanwhile_does_not_shift_the_next_page(shop: Shop) -> None:
    customer, product = shop.customer(funds=1000), shop.product(price=10)
    old = [shop.buy(customer, product).json()["payment_id"] for _ in range(3)]
    path = f"/orders/user/{customer.user_id}"
    first = shop.get("orders", path, limit=2)
    shop.buy(customer, product)
    second: Any = shop.get("orders", first.links["next"]["url"]).json()
    assert [each["_id"] for each in first.json() + second] == old[::-1]


@pytest.mark.parametrize(("service", "path"), SERVICES)
@pytest.mark.parametrize("limit", ["0", "-1", "1001", "ten", "1.5", "", "9" * 1000])
def test_a_limit_that_makes_no_sense_is_400(shop: Shop, service: str, path: str, limit: str) -> None:
    assert_refused(shop.get(service, path, limit=limit), 400, "malformed")


@pytest.mark.parametrize(("service", "path"), SERVICES)
@pytest.mark.parametrize("after", ["nothing", "x" * 101, "$ne", "\x00", "\u00fc", "64a6b0a476d49ca2783f5fd2"])
def test_a_page_after_nothing_known_is_400(shop: Shop, service: str, path: str, after: str) -> None:
    assert_refused(shop.get(service, path, after=after), 400, "malformed")
