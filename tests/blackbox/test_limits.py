"""The limits from outside: whatever is sent, it is taken or refused with the right status, and never a 5xx."""

import json
import unicodedata
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests import Response

from tests.blackbox.shop import KEY, Shop, assert_refused, of, some_name

LIMIT = 16 * 1024
few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
JSON = "application/json"

Body = dict[str, Any]
USER: Body = {"user_name": "Michael", "email": "m@example.com", "card_number": "1"}
PRODUCT: Body = {"product_name": "Laptop", "price": 890, "quantity": 100}
TAKEN: Body = {"product_name": "Laptop", "quantity": 1}
MONEY: Body = {"user_name": "Michael", "card_number": "1", "amount": 1}
ORDER: Body = {
    "user_id": "1",
    "user_name": "John",
    "product_name": "Laptop",
    "quantity": 1,
    "amount": 1,
    "datetime": "2023-07-05T12:00:00",
}
WISH: Body = {"user_id": "1", "user_name": "Michael", "card_number": "1", "product_name": "Laptop", "quantity": 1}
POSTS: list[tuple[str, str, Body]] = [
    ("users", "/users", USER),
    ("products", "/products", PRODUCT),
    ("products", "/products/deduct", TAKEN),
    ("wallets", "/wallets/add", MONEY),
    ("wallets", "/wallets/deduct", MONEY),
    ("orders", "/orders", ORDER),
    ("payments", "/payments", WISH),
]
FIELDS = [(service, path, body, field) for service, path, body in POSTS for field in body]
every_post = pytest.mark.parametrize(("service", "path", "body"), POSTS, ids=[path for _, path, _ in POSTS])
every_field = pytest.mark.parametrize(
    ("service", "path", "body", "field"), FIELDS, ids=[f"{path} {field}" for _, path, _, field in FIELDS]
)


def send(shop: Shop, service: str, path: str, raw: bytes | Iterator[bytes], content_type: str = JSON) -> Response:
    return shop.request("POST", service, path, data=raw, headers={"Content-Type": content_type})


@every_post
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"{}"',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e99999999999999999999999}',
        b'{"a": "\\ud800"}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 8 + b"]" * 8 + b"}",
        b'{"a":' + b"[" * 8000 + b"]" * 8000 + b"}",
    ],
    ids=lambda raw: raw[:24].decode("latin-1"),
)
def test_a_body_that_is_no_plain_object_is_400(shop: Shop, service: str, path: str, body: Body, raw: bytes) -> None:
    assert_refused(send(shop, service, path, raw), 400, "malformed")


@every_post
def test_a_duplicate_name_is_400_even_when_both_agree(shop: Shop, service: str, path: str, body: Body) -> None:
    text = json.dumps(body)
    field = next(iter(body))
    twice = text[:-1] + f", {json.dumps(field)}: {json.dumps(body[field])}}}"
    assert_refused(send(shop, service, path, twice.encode()), 400, "malformed")


@every_post
def test_a_text_with_the_right_object_in_it_is_400(shop: Shop, service: str, path: str, body: Body) -> None:
    assert_refused(send(shop, service, path, json.dumps(json.dumps(body)).encode()), 400, "malformed")


@every_post
def test_a_body_over_the_limit_is_413(shop: Shop, service: str, path: str, body: Body) -> None:
    for size in (LIMIT + 1, 4 * LIMIT):
        assert_refused(send(shop, service, path, b" " * size), 413, "body_too_large")
        assert_refused(send(shop, service, path, iter([b" " * (size - 1), b" "])), 413, "body_too_large")


@every_post
def test_a_body_of_exactly_the_limit_is_read(shop: Shop, service: str, path: str, body: Body) -> None:
    for raw in (b" " * LIMIT, iter([b" " * LIMIT])):
        assert_refused(send(shop, service, path, raw), 400, "malformed")


@every_post
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_content_type_is_415(shop: Shop, service: str, path: str, body: Body, content_type: str) -> None:
    assert_refused(send(shop, service, path, json.dumps(body).encode(), content_type), 415, "unsupported_media_type")


@every_field
@pytest.mark.parametrize("value", [None, True, [], {}, {"$ne": None}, {"$gt": ""}, "", 0, -1, 1e300, 10**40])
def test_a_value_of_a_wrong_kind_is_400_and_its_field_is_named(
    shop: Shop, service: str, path: str, body: Body, field: str, value: object
) -> None:
    response = shop.post(service, path, {**body, field: value})
    assert_refused(response, 400, "malformed")
    assert response.json()["field"] == field


@every_field
def test_a_field_left_out_is_400(shop: Shop, service: str, path: str, body: Body, field: str) -> None:
    response = shop.post(service, path, {name: value for name, value in body.items() if name != field})
    assert_refused(response, 400, "malformed")
    assert response.json()["field"] == field


@every_post
@pytest.mark.parametrize("extra", ["_id", "$where", "a.b", "", "x" * 1000, "\x00", "__proto__"])
def test_a_field_too_many_is_400(shop: Shop, service: str, path: str, body: Body, extra: str) -> None:
    assert_refused(shop.post(service, path, {**body, extra: 1}), 400, "malformed")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@every_post
def test_whatever_stands_in_a_field_is_taken_or_refused(shop: Shop, service: str, path: str, body: Body) -> None:
    unknown: Body = {name: some_name("x") for name in ("user_name", "product_name", "user_id") if name in body}

    @few
    @given(st.sampled_from(sorted(body)), ANYTHING)
    def holds(field: str, value: object) -> None:
        response = shop.post(service, path, {**body, **unknown, field: value})
        assert response.status_code in (200, 201, 400, 402, 404, 409), response.text

    holds()


@every_post
def test_whatever_bytes_come_they_are_400(shop: Shop, service: str, path: str, body: Body) -> None:
    @few
    @given(st.binary(max_size=200))
    def holds(raw: bytes) -> None:
        assert_refused(send(shop, service, path, raw), 400, "malformed")

    holds()


READABLE = st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp", "Cf"))
UNREADABLE = st.sampled_from("\x00\n\t\x1f\x7f\x85\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069")


@few
@given(name=st.text(READABLE, min_size=1, max_size=60))
def test_a_readable_name_is_taken_and_composed(shop: Shop, name: str) -> None:
    name = f"{name} {uuid.uuid4().hex}"
    email = f"{uuid.uuid4().hex}@example.com"
    answers = {
        "user_name": shop.post("users", "/users", {"user_name": name, "email": email, "card_number": "1"}),
        "product_name": shop.post("products", "/products", {"product_name": name, "price": 1, "quantity": 1}),
    }
    for field, response in answers.items():
        assert response.status_code == 201
        assert response.json()[field] == unicodedata.normalize("NFC", name)
    got = shop.get("products", "/products/" + quote(name, safe=""))
    assert got.status_code == 200
    assert got.json()["product_name"] == unicodedata.normalize("NFC", name)


@few
@given(start=st.text(READABLE, max_size=10), odd=UNREADABLE, end=st.text(READABLE, max_size=10))
def test_an_unreadable_name_is_400(shop: Shop, start: str, odd: str, end: str) -> None:
    for service, path, body, field in FIELDS:
        if field in ("user_name", "product_name"):
            assert_refused(shop.post(service, path, {**body, field: start + odd + end}), 400, "malformed")


@pytest.mark.parametrize(("length", "status"), [(1, 404), (100, 404), (101, 400)])
def test_a_name_has_1_to_100_characters(shop: Shop, length: int, status: int) -> None:
    assert shop.take("\N{TEDDY BEAR}" * length, 1).status_code == status


@few
@given(cents=st.integers(1, 100_000_000))
def test_a_price_is_shown_as_it_was_sent(shop: Shop, cents: int) -> None:
    price = Decimal(cents) / 100
    raw = f'{{"product_name": "{some_name("Product")}", "price": {price}, "quantity": 1}}'
    response = send(shop, "products", "/products", raw.encode())
    assert response.status_code == 201
    assert of(response)["price"] == price


@few
@given(cents=st.integers(1, 10**13))
def test_an_amount_is_shown_as_it_was_sent(shop: Shop, cents: int) -> None:
    amount = Decimal(cents) / 100
    raw = f'{{"user_name": "{some_name("User")}", "card_number": "1", "amount": {amount}}}'
    response = send(shop, "wallets", "/wallets/add", raw.encode())
    assert response.status_code == 201
    assert of(response)["amount"] == amount


NO_MONEY = ["0", "-1", "-0.01", "0.001", "1.005", "1." + "0" * 30 + "1", "1e-3", "1E-999999", "1E+999999999"]
NO_MONEY += ["0.0", "-0", "1e400", "99999999999999999999", "true", '"1"', "null"]


@pytest.mark.parametrize("number", NO_MONEY)
@pytest.mark.parametrize(
    ("service", "path", "body", "field"), [each for each in FIELDS if each[3] in ("price", "amount")]
)
def test_what_is_no_money_is_400(shop: Shop, service: str, path: str, body: Body, field: str, number: str) -> None:
    raw = json.dumps({**body, field: "HERE"}).replace('"HERE"', number)
    response = send(shop, service, path, raw.encode())
    assert_refused(response, 400, "malformed")
    assert response.json()["field"] == field


@pytest.mark.parametrize(
    ("service", "path", "body", "field", "largest"),
    [
        ("products", "/products", PRODUCT, "price", 1_000_000),
        ("products", "/products", PRODUCT, "quantity", 1_000_000),
        ("wallets", "/wallets/add", MONEY, "amount", 10**11),
        ("orders", "/orders", ORDER, "quantity", 1_000_000),
        ("orders", "/orders", ORDER, "amount", 10**12),
    ],
)
def test_the_largest_is_taken_and_more_is_400(
    shop: Shop, service: str, path: str, body: Body, field: str, largest: int
) -> None:
    fresh: Body = {name: some_name("x") for name in ("user_name", "product_name") if name in body}
    taken = shop.post(service, path, {**body, **fresh, field: largest})
    assert taken.status_code == 201
    assert taken.json()[field] == largest
    more = largest + 1 if field == "quantity" else largest + 0.01
    assert_refused(shop.post(service, path, {**body, **fresh, field: more}), 400, "malformed")


@pytest.mark.parametrize("quantity", [1.0, 1.5, "1", "one", True, 1_000_001, 0, -1])
@pytest.mark.parametrize(("service", "path", "body"), [each for each in POSTS if "quantity" in each[2]])
def test_what_is_no_quantity_is_400(shop: Shop, service: str, path: str, body: Body, quantity: object) -> None:
    assert_refused(shop.post(service, path, {**body, "quantity": quantity}), 400, "malformed")


@pytest.mark.parametrize("card", ["", "x" * 65, "1_2", "1/2", "\u0661", "1\n", " \x00"])
@pytest.mark.parametrize(("service", "path", "body"), [each for each in POSTS if "card_number" in each[2]])
def test_what_is_no_card_number_is_400_and_not_repeated(
    shop: Shop, service: str, path: str, body: Body, card: str
) -> None:
    response = shop.post(service, path, {**body, "card_number": card})
    assert_refused(response, 400, "malformed")
    assert not card or card not in response.text


@pytest.mark.parametrize("email", ["", "none", "@", "a@b@c", "a b@c", "a" * 250 + "@b.de", "a\n@b", "a@b\u202e"])
def test_what_is_no_address_is_400(shop: Shop, email: str) -> None:
    assert_refused(shop.post("users", "/users", {**USER, "email": email}), 400, "malformed")


PATHS = [
    ("users", "/users/{}"),
    ("products", "/products/{}"),
    ("orders", "/orders/{}"),
    ("orders", "/orders/user/{}"),
    ("payments", "/payments/{}"),
]


@pytest.mark.parametrize(("service", "path"), PATHS)
def test_whatever_stands_in_a_path_is_answered(shop: Shop, service: str, path: str) -> None:
    @few
    @given(st.text(min_size=1, max_size=120))
    def holds(odd: str) -> None:
        response = shop.get(service, path.format(quote(odd, safe="")))
        assert response.status_code in (200, 308, 400, 404), response.text

    holds()


@pytest.mark.parametrize(("service", "path"), PATHS)
@pytest.mark.parametrize("odd", ["%ff", "%00", "%ED%A0%80", "%2e%2e", "%0d%0aX: y", "$ne", "{}", "%25"])
def test_a_path_that_is_no_text_is_answered(shop: Shop, service: str, path: str, odd: str) -> None:
    response = shop.get(service, path.format(odd))
    assert response.status_code in (200, 400, 404), response.text


@pytest.mark.parametrize(("service", "path"), [("users", "/users"), ("orders", "/orders"), ("payments", "/payments")])
def test_whatever_stands_in_a_query_is_answered(shop: Shop, service: str, path: str) -> None:
    @few
    @given(st.dictionaries(st.sampled_from(["limit", "after", "$where", "x"]), st.text(max_size=20), max_size=3))
    def holds(query: dict[str, str]) -> None:
        assert shop.get(service, path, **query).status_code in (200, 400)

    holds()


@few
@given(key=st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=300))
def test_whatever_key_is_sent_it_is_taken_or_400(shop: Shop, key: str) -> None:
    key = key.strip() or "x"  # HTTP drops spaces around a value
    headers = {KEY: key.encode("latin-1")}
    for service, path, body in POSTS:
        if path in ("/products/deduct", "/wallets/deduct", "/payments"):
            fresh: Body = {name: some_name("x") for name in ("user_name", "product_name", "user_id") if name in body}
            status = shop.request("POST", service, path, json={**body, **fresh}, headers=headers).status_code
            valid = len(key) <= 255 and all("!" <= each <= "~" for each in key)
            assert status in ((404, 422) if valid else (400,))
