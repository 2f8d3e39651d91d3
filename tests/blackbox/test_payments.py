"""paymentservice from outside: a wish, what it comes to, and what it leaves behind."""

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from requests import Response

from tests.blackbox.shop import KEY, Customer, Shop, assert_refused, of, some_name


def assert_nothing_happened(shop: Shop, customer: Customer, product: str, funds: float, quantity: int) -> None:
    assert shop.funds_of(customer) == Decimal(str(funds))
    assert shop.orders_of(customer) == []
    assert shop.eventually(lambda: shop.stock_of(product) == quantity)


def assert_failed(shop: Shop, refusal: Response, code: str) -> None:
    """What was refused can be asked for ever after."""
    asked = shop.get("payments", f"/payments/{refusal.json()['payment_id']}")
    assert asked.status_code == 200
    assert (asked.json()["status"], asked.json()["code"]) == ("failed", code)
    assert asked.json()["error"] == refusal.json()["error"]


def test_a_payment_moves_money_and_stock_and_writes_an_order(shop: Shop) -> None:
    customer, product = shop.customer(funds=2000), shop.product(price=850.9, quantity=5)
    bought = shop.buy(customer, product, quantity=2)
    assert bought.status_code == 201
    payment = of(bought)
    assert payment["message"]
    assert payment["status"] == "completed"
    assert (payment["user_id"], payment["user_name"]) == (customer.user_id, customer.user_name)
    assert (payment["product_name"], payment["quantity"]) == (product, 2)
    assert payment["amount"] == Decimal("1701.8")
    assert payment["datetime"]
    assert bought.headers[KEY]
    assert customer.card_number not in bought.text
    assert shop.funds_of(customer) == Decimal("298.2")
    assert shop.stock_of(product) == 3
    [order] = shop.orders_of(customer)
    assert order["_id"] == payment["payment_id"]
    assert {name: payment[name] for name in order} == order


def test_a_payment_can_be_asked_for_and_is_listed(shop: Shop) -> None:
    customer, product = shop.customer(funds=100), shop.product(price=10)
    payment = shop.buy(customer, product).json()
    asked = shop.get("payments", f"/payments/{payment['payment_id']}")
    assert asked.status_code == 200
    assert asked.json() == {name: value for name, value in payment.items() if name != "message"}
    assert asked.json() in shop.get("payments", "/payments").json()


def test_an_unknown_payment_is_404(shop: Shop) -> None:
    assert_refused(shop.get("payments", f"/payments/{uuid.uuid4()}"), 404, "payment_not_found")


def test_an_unknown_user_is_404(shop: Shop) -> None:
    customer, product = shop.customer(funds=100), shop.product(price=10, quantity=5)
    for stranger in (
        replace(customer, user_id=uuid.uuid4().hex),
        replace(customer, user_name=some_name("Other")),
        replace(customer, user_id=shop.customer().user_id),
    ):
        refusal = shop.buy(stranger, product)
        assert_refused(refusal, 404, "user_not_found")
        assert_failed(shop, refusal, "user_not_found")
    assert_nothing_happened(shop, customer, product, 100, 5)


def test_an_unknown_product_is_404(shop: Shop) -> None:
    customer = shop.customer(funds=100)
    refusal = shop.buy(customer, some_name("Nothing"))
    assert_refused(refusal, 404, "product_not_found")
    assert_failed(shop, refusal, "product_not_found")
    assert shop.funds_of(customer) == 100


def test_an_unknown_wallet_is_404(shop: Shop) -> None:
    product = shop.product(price=10, quantity=5)
    customer = shop.customer()
    refusal = shop.buy(customer, product)
    assert_refused(refusal, 404, "wallet_not_found")
    assert_failed(shop, refusal, "wallet_not_found")
    assert shop.stock_of(product) == 5


def test_another_card_than_the_wallets_is_404(shop: Shop) -> None:
    customer, product = shop.customer(funds=100), shop.product(price=10, quantity=5)
    assert_refused(shop.buy(replace(customer, card_number="1"), product), 404, "wallet_not_found")
    assert_nothing_happened(shop, customer, product, 100, 5)


def test_too_little_money_is_402(shop: Shop) -> None:
    customer, product = shop.customer(funds=19.99), shop.product(price=10, quantity=5)
    refusal = shop.buy(customer, product, quantity=2)
    assert_refused(refusal, 402, "insufficient_funds")
    assert_failed(shop, refusal, "insufficient_funds")
    assert_nothing_happened(shop, customer, product, 19.99, 5)


def test_the_last_cent_and_the_last_piece_can_be_spent(shop: Shop) -> None:
    customer, product = shop.customer(funds=20), shop.product(price=10, quantity=2)
    assert shop.buy(customer, product, quantity=2).status_code == 201
    assert shop.funds_of(customer) == 0
    assert shop.stock_of(product) == 0


def test_too_few_pieces_are_409(shop: Shop) -> None:
    customer, product = shop.customer(funds=1000), shop.product(price=10, quantity=5)
    refusal = shop.buy(customer, product, quantity=6)
    assert_refused(refusal, 409, "out_of_stock")
    assert_failed(shop, refusal, "out_of_stock")
    assert_nothing_happened(shop, customer, product, 1000, 5)


def test_every_answer_carries_the_payment_and_its_key(shop: Shop) -> None:
    rich, poor = shop.customer(funds=100), shop.customer(funds=1)
    product = shop.product(price=10, quantity=3)
    answers = [
        shop.buy(rich, product),
        shop.buy(poor, product),
        shop.buy(rich, product, quantity=4),
        shop.buy(rich, some_name("Nothing")),
        shop.buy(shop.customer(), product),
    ]
    assert [each.status_code for each in answers] == [201, 402, 409, 404, 404]
    for answer in answers:
        assert uuid.UUID(answer.json()["payment_id"]).version == 5
        assert answer.headers[KEY]
    assert len({each.json()["payment_id"] for each in answers}) == len(answers)


def test_the_largest_order_that_a_wallet_can_pay_is_exact(shop: Shop) -> None:
    customer, product = shop.customer(funds=10**11), shop.product(price=999_999.99, quantity=100_000)
    bought = shop.buy(customer, product, quantity=100_000)
    assert bought.status_code == 201
    assert of(bought)["amount"] == Decimal("99999999000")
    assert shop.funds_of(customer) == 1000


@pytest.mark.parametrize("path", ["/payment", "/payments"])
def test_the_singular_answers_too(shop: Shop, path: str) -> None:
    customer, product = shop.customer(funds=100), shop.product(price=10)
    body = {
        "user_id": customer.user_id,
        "user_name": customer.user_name,
        "card_number": customer.card_number,
        "product_name": product,
        "quantity": 1,
    }
    bought = shop.post("payments", path, body)
    assert bought.status_code == 201
    payment_id = bought.json()["payment_id"]
    assert shop.get("payments", f"{path}/{payment_id}").json()["status"] == "completed"
    assert payment_id in [each["payment_id"] for each in shop.get("payments", path).json()]
