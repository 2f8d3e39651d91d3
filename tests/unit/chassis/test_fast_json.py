"""JSON as it is written: what orjson cannot write, the standard library does."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from chassis import fast_json


@pytest.mark.parametrize(
    "value",
    [{"b": 1, "a": [None, True, 850.9, 890]}, "\u00fcber \N{TEDDY BEAR}", "half a bear: \ud83e", 2**53, 10**30, {}],
)
def test_what_is_written_reads_as_it_was(value: object) -> None:
    assert json.loads(fast_json.dumps(value, default=str)) == value


def test_a_usual_answer_is_compact_and_in_its_own_letters() -> None:
    assert fast_json.dumps({"name": "\u00fcber", "price": 1.5}, default=str) == '{"name":"\u00fcber","price":1.5}'


def test_an_answer_that_orjson_cannot_write_looks_the_same() -> None:
    assert fast_json.dumps({"number": 10**30, "name": "x"}, default=str) == f'{{"number":{10**30},"name":"x"}}'


def test_flask_answers_so_and_knows_what_it_knew() -> None:
    provider = fast_json.Provider(Flask("toy"))
    assert provider.dumps({"z": 1, "a": Decimal("2.50")}, separators=(",", ":")) == '{"z":1,"a":"2.50"}'
    assert provider.dumps(date(2026, 1, 2)) == '"Fri, 02 Jan 2026 00:00:00 GMT"'


@pytest.mark.parametrize("value", [object(), {"more": {object()}}])
def test_what_nobody_can_write_is_an_error(value: object) -> None:
    def refuse(unknown: object) -> Any:
        raise TypeError(f"no JSON: {type(unknown).__name__}")

    with pytest.raises(TypeError, match="no JSON"):
        fast_json.dumps(value, default=refuse)
