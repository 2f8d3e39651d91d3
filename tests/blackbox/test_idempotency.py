"""The same thing said twice happens once: the five calls that take an Idempotency-Key."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from requests import Response

from tests.blackbox.shop import KEY, Customer, Shop, assert_refused, some_name


@dataclass(frozen=True)
class World:
    """A customer with 100, a product of which there are 10 for 10 each."""

    shop: Shop
    customer: Customer
    product: str

    def state(self) -> tuple[object, object, object]:
        """The customer's money, the pieces on the shelf, and how many orders there are."""
        shop = self.shop
        return shop.funds_of(self.customer), shop.stock_of(self.product), len(shop.orders_of(self.customer))


@pytest.fixture
def world(shop: Shop) -> World:
    return World(shop, shop.customer(funds=100), shop.product(price=10, quantity=10))


@dataclass(frozen=True)
class Call:
    """One of the five: how it is made for `amount` (of pieces, or of money), and what two make of a world."""

    service: str
    path: str
    body: Callable[[World, int], dict[str, Any]]
    status: int
    after_two: tuple[int, int, int]
    too_much: tuple[int, str] | None = None

    def make(self, world: World, amount: int, key: str | None) -> Response:
        return world.shop.post(self.service, self.path, self.body(world, amount), key=key)


def _pieces(world: World, amount: int) -> dict[str, Any]:
    return {"product_name": world.product, "quantity": amount}


def _priced_pieces(world: World, amount: int) -> dict[str, Any]:
    return {**_pieces(world, amount), "price": 10}


def _money(world: World, amount: int) -> dict[str, Any]:
    customer = world.customer
    return {"user_name": customer.user_name, "card_number": customer.card_number, "amount": amount}


def _wish(world: World, amount: int) -> dict[str, Any]:
    customer = world.customer
    return {
        **_pieces(world, amount),
        "user_id": customer.user_id,
        "user_name": customer.user_name,
        "card_number": customer.card_number,
    }


ADD_PRODUCT = Call("products", "/products", _priced_pieces, 200, (100, 12, 0))
TAKE_PRODUCT = Call("products", "/products/deduct", _pieces, 200, (100, 8, 0), (409, "out_of_stock"))
ADD_MONEY = Call("wallets", "/wallets/add", _money, 201, (102, 10, 0))
TAKE_MONEY = Call("wallets", "/wallets/deduct", _money, 200, (98, 10, 0), (402, "insufficient_funds"))
PAY = Call("payments", "/payments", _wish, 201, (80, 8, 1), (409, "out_of_stock"))
CALLS = [ADD_PRODUCT, TAKE_PRODUCT, ADD_MONEY, TAKE_MONEY, PAY]
every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.path)
every_refusing_call = pytest.mark.parametrize("call", [TAKE_PRODUCT, TAKE_MONEY, PAY], ids=lambda call: call.path)


def assert_same(answer: Response, first: Response) -> None:
    assert answer.status_code == first.status_code
    assert _without_request_id(answer) == _without_request_id(first)
    assert answer.headers[KEY] == first.headers[KEY]


def _without_request_id(answer: Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


@every_call
def test_a_repetition_gets_the_first_answer_and_changes_nothing(world: World, call: Call) -> None:
    key = uuid.uuid4().hex
    first = call.make(world, 2, key)
    assert first.status_code == call.status
    assert first.headers[KEY] == key
    assert world.state() == call.after_two
    for _ in range(3):
        assert_same(call.make(world, 2, key), first)
    assert world.state() == call.after_two


@every_call
def test_the_key_that_was_made_for_a_call_can_be_used_for_its_repetition(world: World, call: Call) -> None:
    first = call.make(world, 2, None)
    assert first.status_code == call.status
    assert_same(call.make(world, 2, first.headers[KEY]), first)
    assert world.state() == call.after_two


@every_call
def test_without_a_key_every_call_is_another(world: World, call: Call) -> None:
    assert call.make(world, 1, None).headers[KEY] != call.make(world, 1, None).headers[KEY]
    assert world.state()[:2] == call.after_two[:2]


@every_call
def test_a_key_used_again_with_another_body_is_422_and_changes_nothing(world: World, call: Call) -> None:
    key = uuid.uuid4().hex
    first = call.make(world, 2, key)
    assert_refused(call.make(world, 1, key), 422, "idempotency_key_reused")
    assert world.state() == call.after_two
    assert_same(call.make(world, 2, key), first)


@every_call
def test_a_body_is_the_same_whatever_its_spaces_and_order(world: World, call: Call) -> None:
    key = uuid.uuid4().hex
    first = call.make(world, 2, key)
    reordered = json.dumps(dict(reversed(call.body(world, 2).items())), indent=3)
    headers = {KEY: key, "Content-Type": "application/json"}
    assert_same(world.shop.request("POST", call.service, call.path, data=reordered, headers=headers), first)
    assert world.state() == call.after_two


@every_refusing_call
def test_a_refusal_is_repeated_even_when_it_would_not_be_made_any_more(world: World, call: Call) -> None:
    key, before = uuid.uuid4().hex, world.state()
    assert call.too_much
    first = call.make(world, 101, key)
    assert_refused(first, *call.too_much)
    assert world.state() == before
    world.shop.stock(world.product, price=10, quantity=1000)
    world.shop.top_up(world.customer, 10000)
    refused_again = call.make(world, 101, key)
    assert_same(refused_again, first)
    assert world.state() == (10100, 1010, 0)
    assert call.make(world, 101, None).status_code == call.status


@every_call
def test_a_malformed_call_does_not_use_its_key_up(world: World, call: Call) -> None:
    key = uuid.uuid4().hex
    assert_refused(call.make(world, 0, key), 400, "malformed")
    assert call.make(world, 2, key).status_code == call.status
    assert world.state() == call.after_two


@every_call
@pytest.mark.parametrize("key", ["a b", "x" * 256, "\u00fc", ""])
def test_a_key_that_is_none_is_400(world: World, call: Call, key: str) -> None:
    before = world.state()
    headers = {KEY: key.encode("latin-1")}
    response = world.shop.request("POST", call.service, call.path, json=call.body(world, 2), headers=headers)
    assert_refused(response, 400, "malformed")
    assert world.state() == before


@every_call
@pytest.mark.parametrize(
    "key", ["{}", "payment:{}", "../{}", "$ne{}", "products.add:{}", "';--{}", "{0}{0}{0}{0}{0}{0}{0}"]
)
def test_any_visible_key_is_a_key(world: World, call: Call, key: str) -> None:
    key = key.format(uuid.uuid4().hex)
    first = call.make(world, 2, key)
    assert first.status_code == call.status
    assert_same(call.make(world, 2, key), first)
    assert world.state() == call.after_two


def test_one_key_on_every_call_is_five_things(world: World) -> None:
    key = uuid.uuid4().hex
    answers = {call.path: call.make(world, 2, key) for call in CALLS}
    assert {path: answer.status_code for path, answer in answers.items()} == {call.path: call.status for call in CALLS}
    assert world.state() == (80, 8, 1)
    for call in CALLS:
        assert_same(call.make(world, 2, key), answers[call.path])
    assert world.state() == (80, 8, 1)


@pytest.mark.parametrize("call", [TAKE_PRODUCT, TAKE_MONEY], ids=lambda call: call.path)
def test_nobody_can_speak_for_a_payment_by_its_reference(world: World, call: Call) -> None:
    key = uuid.uuid4().hex
    payment = PAY.make(world, 2, key).json()
    for reference in (payment["payment_id"], f"payment:{payment['payment_id']}"):
        assert call.make(world, 1, reference).status_code == call.status
    assert_same(PAY.make(world, 2, key), PAY.make(world, 2, key))
    assert world.shop.get("payments", f"/payments/{payment['payment_id']}").json()["status"] == "completed"


def test_one_key_of_two_customers_is_two_payments(world: World) -> None:
    key, other = uuid.uuid4().hex, World(world.shop, world.shop.customer(funds=50), world.product)
    one, two = PAY.make(world, 1, key), PAY.make(other, 1, key)
    assert one.status_code == two.status_code == 201
    assert one.json()["payment_id"] != two.json()["payment_id"]
    assert (world.state(), other.state()) == ((90, 8, 1), (40, 8, 1))


@pytest.mark.parametrize("price", [5, 20, 1000])
def test_a_payment_repeated_after_a_price_change_charges_the_first_price(world: World, price: int) -> None:
    key = uuid.uuid4().hex
    first = PAY.make(world, 2, key)
    world.shop.set_price(world.product, price)
    again = PAY.make(world, 2, key)
    assert_same(again, first)
    assert again.json()["amount"] == 20
    assert world.state() == (80, 8, 1)


def test_a_payment_repeated_after_all_is_sold_and_the_customer_has_gone_is_still_completed(world: World) -> None:
    key, shop = uuid.uuid4().hex, world.shop
    first = PAY.make(world, 2, key)
    shop.take(world.product, 8)
    shop.charge(world.customer, 80)
    shop.patch("users", f"/users/{world.customer.user_id}", {"user_name": some_name("Gone")})
    assert_same(PAY.make(world, 2, key), first)
    assert world.state() == (0, 0, 1)


def test_another_card_under_the_key_of_a_payment_is_422(world: World) -> None:
    key = uuid.uuid4().hex
    PAY.make(world, 2, key)
    body = {**_wish(world, 2), "card_number": "1"}
    assert_refused(world.shop.post("payments", "/payments", body, key=key), 422, "idempotency_key_reused")
