"""Idempotency keys: the header, the reference it becomes, and the hash that tells two bodies apart."""

import hashlib
import hmac
import json
import re
import uuid

from flask import g, request
from pydantic import BaseModel

from chassis.errors import Malformed

HEADER = "Idempotency-Key"
DOCUMENTED = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Makes the call safe to repeat: the same key and body always get the same decision. "
    "Left out, a key is made and answered.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
KEYED = {"parameters": [DOCUMENTED]}  # the `openapi_extensions` of a route that honours a key
_ACCEPTED = re.compile(r"[!-~]{1,255}")


def key_of_request() -> str:
    """The caller's key, or one made now; the answer carries it either way. Raises Malformed."""
    key = accepted_key(request.headers.get(HEADER))
    g.idempotency_key = key
    return key


def accepted_key(offered: str | None) -> str:
    """The key that was offered, or one made now. Raises Malformed."""
    if offered is None:
        return uuid.uuid4().hex
    if not _ACCEPTED.fullmatch(offered):
        raise Malformed(f"{HEADER} must be 1 to 255 visible ASCII characters.")
    return offered


def request_hash(secret: str, body: BaseModel) -> str:
    """HMAC-SHA256 (hex) over the client's own validated body.

    An HMAC and not a bare hash, since a hash over a card number can be turned back by trying all cards.
    """
    canonical = json.dumps(body.model_dump(mode="json", by_alias=True), sort_keys=True, separators=(",", ":"))
    return hmac.new(secret.encode(), canonical.encode(), hashlib.sha256).hexdigest()
