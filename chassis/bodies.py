"""Strict JSON bodies: what RFC 8259 leaves to the parser is decided here, once, for every service."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from flask import Request

from chassis.errors import BodyTooLarge, Malformed, NotJson

PUBLIC_LIMIT = 16 * 1024  # bytes: the largest honest body is under one KiB
INTERNAL_LIMIT = 512 * 1024  # bytes: 64 commands, each with its memo
MAX_DEPTH = 8


class StrictRequest(Request):
    """A request whose JSON is an object without duplicate keys, NaN, lone surrogates or deep nesting."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as a dict, numbers with a fraction as Decimal.

        flask-openapi3 asks with `silent=True` and would take a broken body for an empty one, so `silent` is ignored.

        Raises:
            NotJson, BodyTooLarge, Malformed
        """
        if self.mimetype != "application/json":
            raise NotJson
        return parse(read(self.environ, PUBLIC_LIMIT))


def read(environ: Mapping[str, Any], limit: int) -> bytes:
    """The body of a request, chunked or not, as WSGI gives it: Werkzeug would cut a chunked one at its limit, silently.

    Raises:
        BodyTooLarge, Malformed
    """
    declared = int(environ.get("CONTENT_LENGTH") or 0)  # digits: the server has seen to that
    raw = b"" if declared > limit else bytes(environ["wsgi.input"].read(limit + 1))
    if max(declared, len(raw)) > limit:
        raise BodyTooLarge(f"The body is larger than {limit} bytes.")
    if len(raw) < declared:
        raise Malformed("The body is shorter than its Content-Length says.")
    return raw


def parse(raw: bytes) -> dict[str, Any]:
    """Parse a JSON object strictly; raises Malformed with a sentence that says what to mend."""
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_object_without_duplicates
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")  # a lone surrogate fails here
    except UnicodeError:
        raise Malformed("The body is not valid UTF-8.") from None
    except RecursionError:
        raise Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except (ValueError, ArithmeticError) as error:  # Decimal has no exponent of twenty digits
        raise Malformed(f"The body is not valid JSON: {_reason(error)}.") from None
    if not isinstance(value, dict):
        raise Malformed("The body must be a JSON object.")
    if _deeper_than(value, MAX_DEPTH):
        raise Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.")
    return value


class _NotStrict(ValueError):
    pass


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _NotStrict("a name stands twice in one object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise _NotStrict(f"{name} is no JSON number")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} at character {error.pos}"
    return str(error) if isinstance(error, _NotStrict) else "a number is too long"


def _deeper_than(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_deeper_than(each, levels - 1) for each in inner)
