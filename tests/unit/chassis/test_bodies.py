"""Strict bodies: what is refused, with which status, and what passes."""

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from chassis.bodies import parse
from chassis.errors import Malformed
from tests.documented import client_of
from tests.unit.chassis.conftest import toy_service

MAX_DEPTH = 8
LIMIT = 16 * 1024
BEAR = b'{"toy_name": "Bear", "price": 8.5}'


def post(client: FlaskClient, raw: bytes, content_type: str | None = "application/json") -> TestResponse:
    return client.post("/toys", data=raw, content_type=content_type)


def post_chunked(client: FlaskClient, raw: bytes) -> TestResponse:
    return client.post(
        "/toys",
        input_stream=io.BytesIO(raw),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )


def nested(levels: int) -> bytes:
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


def padded(size: int) -> bytes:
    return BEAR[:-1] + b" " * (size - len(BEAR)) + b"}"


def test_an_honest_body_is_taken(client: FlaskClient) -> None:
    response = post(client, BEAR)
    assert response.status_code == 201
    assert response.json == {"_id": "1", "toy_name": "Bear", "price": 8.5, "message": "Toy created successfully"}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"toy_name": "Bear", "price": 8.5,}', "not valid JSON"),
        (b"{'toy_name': 'Bear', 'price': 8.5}", "not valid JSON"),
        (b'{"toy_name": "Bear", "price": 8.5} {}', "not valid JSON"),
        (b'{"toy_name": "Be\nar", "price": 8.5}', "not valid JSON"),
        (b'{"toy_name": "Bear", "price": 8.5, "price": 1}', "a name stands twice"),
        (b'{"toy_name": "Bear", "price": {"a": 1, "a": 1}}', "a name stands twice"),
        (b'{"toy_name": "Bear", "price": [{"a": 1, "\\u0061": 1}]}', "a name stands twice"),
        (json.dumps(BEAR.decode()).encode(), "must be a JSON object"),
        (b"[" + BEAR + b"]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"7", "must be a JSON object"),
        (b'{"toy_name": "Bear", "price": NaN}', "NaN is no JSON number"),
        (b'{"toy_name": "Bear", "price": Infinity}', "Infinity is no JSON number"),
        (b'{"toy_name": "Bear", "price": -Infinity}', "-Infinity is no JSON number"),
        (b'{"toy_name": "Bear", "price": 1e99999999999999999999}', "a number is too long"),
        (b'{"toy_name": "Bear", "price": 1e-99999999999999999999}', "a number is too long"),
        (b'{"toy_name": "Bear", "price": ' + b"9" * 5000 + b"}", "a number is too long"),
        (b'{"toy_name": "\\ud800", "price": 8.5}', "not valid UTF-8"),
        (b'{"toy_name": "\\udc00\\ud800", "price": 8.5}', "not valid UTF-8"),
        (b'{"\\ud800": "Bear", "price": 8.5}', "not valid UTF-8"),
        (b'{"toy_name": "\xff", "price": 8.5}', "not valid UTF-8"),
        (b'{"toy_name": "\xed\xa0\x80", "price": 8.5}', "not valid UTF-8"),
        (b"\xef\xbb\xbf" + BEAR, "not valid JSON"),
        (BEAR.decode().encode("utf-16"), "not valid UTF-8"),
        (nested(MAX_DEPTH + 1), "nested deeper than 8 levels"),
        (b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "nested deeper than 8 levels"),
        (b'{"a":' + b"[" * 8000 + b"]" * 8000 + b"}", "nested deeper than 8 levels"),
        (b"[" * 8000 + b"]" * 8000, "nested deeper than 8 levels"),
        (nested(2500), "nested deeper than 8 levels"),
    ],
)
def test_a_body_that_is_no_plain_json_object_is_refused(client: FlaskClient, raw: bytes, sentence: str) -> None:
    response = post(client, raw)
    assert response.status_code == 400
    assert response.json
    assert response.json["code"] == "malformed"
    assert sentence in response.json["error"]


@pytest.mark.parametrize("price", [b"1e400", b"1" * 4000, b"1e-400", b"true", b'"8.5"', b"null", b"[8.5]", b"-1", b"0"])
def test_a_value_that_is_no_price_is_refused_by_name(client: FlaskClient, price: bytes) -> None:
    response = post(client, b'{"toy_name": "Bear", "price": ' + price + b"}")
    assert response.status_code == 400
    assert response.json
    assert response.json["code"] == "malformed"
    assert response.json["field"] == "price"
    assert response.json["error"].startswith("price: ")


def test_the_deepest_body_allowed_is_parsed() -> None:
    assert str(parse(nested(MAX_DEPTH))).count("{") == MAX_DEPTH


def test_a_paired_surrogate_is_one_character() -> None:
    assert parse(b'{"a": "\\ud83e\\uddf8"}') == {"a": "\N{TEDDY BEAR}"}


def test_a_fraction_is_never_a_binary_float() -> None:
    assert parse(b'{"a": 0.1}') == {"a": Decimal("0.1")}


def test_a_body_of_exactly_the_limit_is_taken(client: FlaskClient) -> None:
    assert post(client, padded(LIMIT)).status_code == 201
    assert post_chunked(client, padded(LIMIT)).status_code == 201


@pytest.mark.parametrize("excess", [1, 10, LIMIT])
def test_a_body_over_the_limit_is_refused(client: FlaskClient, excess: int) -> None:
    for response in (post(client, padded(LIMIT + excess)), post_chunked(client, padded(LIMIT + excess))):
        assert response.status_code == 413
        assert response.json
        assert response.json["code"] == "body_too_large"


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_another_content_type_is_refused(client: FlaskClient, content_type: str | None) -> None:
    response = post(client, BEAR, content_type)
    assert response.status_code == 415
    assert response.json
    assert response.json["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;a=b"]
)
def test_a_parameter_of_the_content_type_does_not_matter(client: FlaskClient, content_type: str) -> None:
    assert post(client, BEAR, content_type).status_code == 201


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["toy_name", "price"]), inner),
)


def test_whatever_json_comes_it_is_taken_or_refused() -> None:
    client = client_of(toy_service(level="ERROR"))

    @given(JSON)
    def holds(value: Any) -> None:
        assert post(client, json.dumps(value).encode()).status_code in (201, 400)

    holds()


@given(st.binary())
def test_whatever_bytes_come_they_are_parsed_or_malformed(raw: bytes) -> None:
    try:
        assert isinstance(parse(raw), dict)
    except Malformed as refusal:
        assert refusal.sentence.startswith("The body ")


@pytest.mark.parametrize(("declared", "status"), [(LIMIT + 1, 413), (len(BEAR) + 1, 400)])
def test_a_body_is_as_long_as_was_said_and_was_allowed(client: FlaskClient, declared: int, status: int) -> None:
    sent = io.BytesIO(BEAR)
    said = {"CONTENT_LENGTH": str(declared)}
    response = client.post("/toys", input_stream=sent, content_type="application/json", environ_overrides=said)
    assert response.status_code == status
    assert (sent.tell() == 0) == (status == 413), "what is too large is not read"
