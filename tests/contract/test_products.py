"""Products, in memory and in MongoDB: pieces come in once a reference, and are found again under any name."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from chassis import mongo
from chassis.errors import KeyReused, Malformed
from productservice.domain import MAX_STOCK, NewProduct, ProductNotFound, StockLimit
from tests.contract.stock import HASH, OTHER_HASH, MongoStock, Stock, deduct, put, stock_of

ODD_NAMES = ["$quantity", "a.b", "$where", "$$NOW", "$set", "a/b", '{"$gt": ""}', "\u00fc\N{TEDDY BEAR}", "_id"]


@pytest.fixture(params=["fake", "real"])
def stock(request: pytest.FixtureRequest) -> Stock:
    return stock_of(request)


def mobiles(quantity: int, price: int = 85090) -> NewProduct:
    return NewProduct.model_construct(product_name="Mobile", quantity=quantity, price=price)


def test_a_new_product_is_kept(stock: Stock) -> None:
    addition = stock.products.add(mobiles(100), reference="r1", request_hash=HASH)
    assert addition.is_new
    assert addition.product == stock.products.get("Mobile")
    assert (addition.product.product_name, addition.product.price, addition.product.quantity) == ("Mobile", 85090, 100)
    assert stock.stocked("Mobile") == 100


def test_a_known_product_gets_the_pieces_added_and_the_price_set(stock: Stock) -> None:
    first = stock.products.add(mobiles(100), reference="r1", request_hash=HASH).product
    addition = stock.products.add(mobiles(5, price=1), reference="r2", request_hash=HASH)
    assert not addition.is_new
    assert addition.product == stock.products.get("Mobile")
    assert first is not None
    assert addition.product == first.model_copy(update={"price": 1, "quantity": 105})
    assert stock.stocked("Mobile") == 105


def test_a_reference_gets_its_first_answer_whatever_has_changed(stock: Stock) -> None:
    first = stock.products.add(mobiles(100), reference="r1", request_hash=HASH)
    stock.products.add(mobiles(5, price=1), reference="r2", request_hash=HASH)
    assert stock.products.add(mobiles(100), reference="r1", request_hash=HASH) == first
    assert stock.products.get("Mobile").quantity == 105


def test_a_reference_is_for_one_body(stock: Stock) -> None:
    stock.products.add(mobiles(100), reference="r1", request_hash=HASH)
    with pytest.raises(KeyReused):
        stock.products.add(mobiles(5), reference="r1", request_hash=OTHER_HASH)
    assert stock.products.get("Mobile").quantity == 100


def test_a_stock_beyond_the_limit_is_refused_for_good_and_changes_nothing(stock: Stock) -> None:
    put(stock, quantity=MAX_STOCK - 1)
    for _ in range(2):
        with pytest.raises(StockLimit):
            stock.products.add(mobiles(2, price=1), reference="r2", request_hash=HASH)
        product = stock.products.get("Mobile")
        assert (product.quantity, product.price, stock.stocked("Mobile")) == (MAX_STOCK - 1, 85090, MAX_STOCK - 1)
    stock.reservations().decide([deduct("payment:1", quantity=10)])
    with pytest.raises(StockLimit):
        stock.products.add(mobiles(2, price=1), reference="r2", request_hash=HASH)


def test_a_stock_up_to_the_limit_is_taken(stock: Stock) -> None:
    put(stock, quantity=MAX_STOCK - 1)
    put(stock, quantity=1, reference="second")
    assert stock.products.get("Mobile").quantity == MAX_STOCK


def test_a_price_is_set_alone(stock: Stock) -> None:
    put(stock)
    changed = stock.products.set_price("Mobile", 1)
    assert changed == stock.products.get("Mobile")
    assert (changed.price, changed.quantity) == (1, 100)


def test_what_is_not_there_is_not_found(stock: Stock) -> None:
    put(stock)
    with pytest.raises(ProductNotFound):
        stock.products.get("mobile")
    with pytest.raises(ProductNotFound):
        stock.products.set_price("Mobile ", 1)
    assert stock.products.shelf(["Laptop"]) == {}


def test_a_list_is_newest_first_and_goes_on_after_an_entry(stock: Stock) -> None:
    for name in ("Laptop", "Desktop", "Mobile"):
        put(stock, name)
    first, second, third = stock.products.list(limit=10, after=None)
    assert [first.product_name, second.product_name, third.product_name] == ["Mobile", "Desktop", "Laptop"]
    assert stock.products.list(limit=1, after=None) == [first]
    assert stock.products.list(limit=1, after=first.id) == [second]
    assert stock.products.list(limit=10, after=first.id) == [second, third]
    assert stock.products.list(limit=10, after=third.id) == []


def test_a_list_after_an_unknown_entry_is_refused(stock: Stock) -> None:
    with pytest.raises(Malformed):
        stock.products.list(limit=1, after="nothing")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_is_only_a_name(stock: Stock, name: str) -> None:
    put(stock, "Mobile", quantity=7)
    put(stock, name, quantity=2, price=300)
    put(stock, name, quantity=3, price=400, reference="second")
    product = stock.products.get(name)
    assert (product.product_name, product.quantity, product.price) == (name, 5, 400)
    assert stock.products.set_price(name, 500).quantity == 5
    assert stock.products.shelf([name]) == {name: stock.products.get(name)}
    assert stock.products.get("Mobile").quantity == 7


def test_pieces_that_come_in_at_once_are_all_counted(stock: Stock) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda each: put(stock, quantity=1, reference=str(each)), range(20)))
    assert stock.products.get("Mobile").quantity == stock.stocked("Mobile") == 20


def test_two_replicas_create_a_product_once(mongo_database: Database[dict[str, Any]]) -> None:
    stocks = (MongoStock(mongo_database), MongoStock(mongo_database))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda each: put(stocks[each % 2], quantity=1, reference=str(each)), range(12)))
    assert [each.quantity for each in stocks[0].products.list(limit=10, after=None)] == [12]


def test_the_newest_is_told_by_the_database_clock(mongo_database: Database[dict[str, Any]]) -> None:
    put(MongoStock(mongo_database))
    clocked = mongo_database["products"].aggregate([{"$project": {"age": {"$subtract": ["$$NOW", "$created_at"]}}}])
    assert all(0 <= each["age"] < 60_000 for each in clocked)
    assert mongo_database.write_concern == mongo.DURABLE
