"""What every repository of orders promises, the fake as well as the real one."""

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from bson import Int64
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from chassis.errors import Malformed
from chassis.fields import MAX_AMOUNT
from orderservice.domain import NewOrder, Order, OrderNotFound, PaidOrder
from orderservice.repository import MongoOrders, Orders
from tests.fakes.mongodb import fake_database

NOON = datetime(2023, 7, 5, 12, tzinfo=UTC)
FIELDS: dict[str, Any] = {
    "user_id": "user123",
    "user_name": "John",
    "product_name": "Product1",
    "quantity": 10,
    "datetime": "2023-07-05T12:00:00",
}


@pytest.fixture(params=["fake", "real"])
def database(request: pytest.FixtureRequest) -> Database[dict[str, Any]]:
    real: Callable[[str], Database[dict[str, Any]]] = request.getfixturevalue
    return fake_database() if request.param == "fake" else real("mongo_database")


@pytest.fixture
def orders(database: Database[dict[str, Any]]) -> Orders:
    seconds = count()
    return MongoOrders(database, now=lambda: NOON + timedelta(seconds=next(seconds) // 2))  # two in each second


def wanted(**changes: Any) -> NewOrder:
    return NewOrder.model_validate({**FIELDS, "amount": 100, **changes})


def paid(order_id: str | None = None, **changes: Any) -> PaidOrder:
    return PaidOrder.model_validate({"_id": order_id or str(uuid.uuid4()), **FIELDS, "amount": 85090, **changes})


def write(orders: Orders, *several: PaidOrder) -> list[Order]:
    kept = orders.write(several)
    return [kept[each.id] for each in several]


def pages(read: Callable[..., Sequence[Order]], limit: int) -> list[Order]:
    found: list[Order] = []
    while page := read(limit=limit, after=found[-1].id if found else None):
        found += page
    return found


def test_an_order_placed_by_hand_is_paid_by_nobody(orders: Orders) -> None:
    order = orders.add(wanted())
    assert order == Order(id=order.id, **FIELDS, amount=10000, status="placed")
    assert uuid.UUID(order.id).version == 4
    assert orders.get(order.id) == order


def test_a_paid_order_is_kept_under_the_id_it_came_with(orders: Orders) -> None:
    (order,) = write(orders, paid("payment-1"))
    assert order == Order(id="payment-1", **FIELDS, amount=85090, status="completed")
    assert orders.get("payment-1") == order


def test_a_paid_order_written_again_stays_what_it_was(orders: Orders) -> None:
    first = write(orders, paid("payment-1"))
    again = write(orders, paid("payment-1", product_name="Another", amount=1))
    assert again == first
    assert len(orders.list(limit=10, after=None)) == 1


def test_an_order_twice_in_one_list_is_the_first(orders: Orders) -> None:
    kept = orders.write([paid("payment-1", quantity=1), paid("payment-1", quantity=2)])
    assert [each.quantity for each in kept.values()] == [1]


def test_new_and_old_ones_mix_in_a_list(orders: Orders) -> None:
    (old,) = write(orders, paid("b"))
    kept = write(orders, paid("c"), paid("b", quantity=1), paid("a"))
    assert [each.id for each in kept] == ["c", "b", "a"]
    assert kept[1] == old


def test_the_largest_amount_is_kept_exactly_and_as_a_long(orders: Orders, database: Database[dict[str, Any]]) -> None:
    (order,) = write(orders, paid("payment-1", amount=MAX_AMOUNT))
    assert order.amount == MAX_AMOUNT
    small = orders.add(wanted(amount=1))
    stored = database["orders"].find_one({"_id": small.id}) or {}
    assert type(stored["amount"]) is Int64
    assert stored["amount"] == 100


@pytest.mark.parametrize("written", ["2023-07-05T12:00:00", "2023-07-05T12:00:00+02:00", "2023-07-05T12:00:00.123456Z"])
def test_a_datetime_is_kept_as_it_was_given(orders: Orders, written: str) -> None:
    assert orders.get(orders.add(wanted(datetime=written)).id).datetime == written


def test_no_other_order_can_be_got(orders: Orders) -> None:
    orders.add(wanted())
    for order_id in ("nothing", "", "$ne", "a\x00b"):
        with pytest.raises(OrderNotFound):
            orders.get(order_id)


def test_those_found_are_those_that_exist(orders: Orders) -> None:
    one, two = write(orders, paid("one"), paid("two"))
    assert orders.find(["one", "nothing", "two", "one"]) == {"one": one, "two": two}
    assert orders.find([]) == {}


def test_the_newest_come_first(orders: Orders) -> None:
    first, _, third = (orders.add(wanted()) for _ in range(3))
    listed = orders.list(limit=10, after=None)
    assert listed[0] == third
    assert first in listed[1:]


def test_a_users_orders_are_listed_alone(orders: Orders) -> None:
    mine = [orders.add(wanted(user_id="me")) for _ in range(3)]
    orders.add(wanted(user_id="you"))
    (bought,) = write(orders, paid(user_id="me"))
    assert {each.id for each in orders.of_user("me", limit=10, after=None)} == {bought.id, *(each.id for each in mine)}
    assert orders.of_user("nobody", limit=10, after=None) == []


def test_completed_orders_are_listed_alone(orders: Orders) -> None:
    orders.add(wanted())
    kept = write(orders, paid(), paid(), paid())
    assert {each.id for each in orders.completed(limit=10, after=None)} == {each.id for each in kept}


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_each_list_join_without_gap_or_repetition(orders: Orders, limit: int) -> None:
    for _ in range(2):
        orders.add(wanted(user_id="me"))
        write(orders, paid(user_id="me"), paid(user_id="you"))

    def of_me(*, limit: int, after: str | None) -> Sequence[Order]:
        return orders.of_user("me", limit=limit, after=after)

    for read, size in ((orders.list, 6), (of_me, 4), (orders.completed, 4)):
        whole = read(limit=10, after=None)
        assert len(whole) == size
        assert pages(read, limit) == whole


def test_a_page_after_nothing_known_is_malformed(orders: Orders) -> None:
    for read in (orders.list, orders.completed):
        with pytest.raises(Malformed):
            read(limit=1, after="nothing")
    with pytest.raises(Malformed):
        orders.of_user("user123", limit=1, after="nothing")


def test_of_many_who_write_one_order_at_once_all_are_told_the_same(orders: Orders) -> None:
    def try_to_write(number: int) -> list[Order]:
        return write(orders, paid(f"other-{number}"), paid("payment-1", quantity=number + 1))

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(try_to_write, range(16)))
    assert {each.id for each, _ in told} == {f"other-{number}" for number in range(16)}
    assert len({same.quantity for _, same in told}) == 1
    assert len(orders.list(limit=100, after=None)) == 17


def test_every_list_has_its_index(orders: Orders, database: Database[dict[str, Any]]) -> None:
    orders.list(limit=1, after=None)
    indexes = [[name for name, _ in each["key"]] for each in database["orders"].index_information().values()]
    newest = ["created_at", "_id"]
    assert [each for each in indexes if each != ["_id"]] == [newest, ["user_id", *newest], ["status", *newest]]


def test_no_list_is_read_without_its_index(mongo_database: Database[dict[str, Any]]) -> None:
    orders = MongoOrders(mongo_database)
    page = write(orders, paid(), paid(), paid())[1].id
    mongo_database.command("profile", 2)
    for after in (None, page):
        orders.list(limit=2, after=after)
        orders.of_user("user123", limit=2, after=after)
        orders.completed(limit=2, after=after)
    mongo_database.command("profile", 0)
    reads = list(mongo_database["system.profile"].find({"op": "query", "ns": f"{mongo_database.name}.orders"}))
    assert len(reads) == 9  # three of them look for the entry that a page begins after
    for read in reads:
        assert read["planSummary"].startswith(("IXSCAN", "IDHACK"))
        assert not read.get("hasSortStage")


def test_a_failure_that_is_no_duplicate_is_no_success(mongo_database: Database[dict[str, Any]]) -> None:
    mongo_database.create_collection("orders", validator={"quantity": {"$lt": 100}})
    with pytest.raises(BulkWriteError):
        MongoOrders(mongo_database).write([paid(quantity=1), paid(quantity=100)])


def test_an_entry_of_another_list_is_no_place_to_go_on_from(orders: Orders) -> None:
    mine, placed = write(orders, paid(user_id="me"))[0], orders.add(wanted(user_id="you"))
    with pytest.raises(Malformed):
        orders.of_user("me", limit=2, after=placed.id)
    with pytest.raises(Malformed):
        orders.completed(limit=2, after=placed.id)
    assert {each.id for each in orders.list(limit=3, after=None)} == {mine.id, placed.id}
