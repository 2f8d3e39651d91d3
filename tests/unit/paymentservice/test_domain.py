"""A payment's name: a UUID of version 5, which anyone can make again."""

import uuid

from hypothesis import given
from hypothesis.strategies import text

from paymentservice.domain import payment_id_of

NAMESPACE = uuid.UUID("6f1c3a52-3a0e-4a8e-9a53-0d5f1b0c7e11")  # never another: stored payments are named by it


@given(text(), text())
def test_a_payment_is_called_as_python_would_call_it(user_id: str, key: str) -> None:
    assert payment_id_of(user_id=user_id, key=key) == str(uuid.uuid5(NAMESPACE, f"{user_id}\n{key}"))
