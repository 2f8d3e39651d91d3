"""Customers: the rules that need no store."""

import pytest
from pydantic import ValidationError

from userservice.domain import UserChanges, same_email


@pytest.mark.parametrize("spelling", ["John@Example.com", "JOHN@EXAMPLE.COM", "john@example.com"])
def test_an_address_is_the_same_in_any_case(spelling: str) -> None:
    assert same_email(spelling) == "john@example.com"


def test_other_addresses_are_others() -> None:
    assert same_email("jon@example.com") != same_email("john@example.com")


def test_an_update_changes_something() -> None:
    with pytest.raises(ValidationError, match="at least one of"):
        UserChanges()
    with pytest.raises(ValidationError, match="at least one of"):
        UserChanges(email=None)
