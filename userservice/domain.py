"""Customers: what may be sent and answered, and what can go wrong."""

from typing import Self

from pydantic import Field, model_validator

from chassis.errors import Refusal
from chassis.fields import Body, CardNumber, Email, Id, Name, View
from chassis.internal import Command


class UserNotFound(Refusal):
    code, status, sentence = "user_not_found", 404, "There is no such user."


class EmailTaken(Refusal):
    code, status, sentence = "email_taken", 409, "Another user has this e-mail."


class NewUser(Body):
    user_name: Name
    email: Email
    card_number: CardNumber


class UserChanges(Body):
    """A profile's new values; what is left out stays."""

    user_name: Name | None = None
    email: Email | None = None
    card_number: CardNumber | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self == UserChanges.model_construct():
            raise ValueError("send at least one of user_name, email, card_number")
        return self


class User(View):
    id: str = Field(alias="_id")
    user_name: str
    email: str
    card_number: str


class UserPath(Body):
    user_id: Id


class FindUser(Command):
    """Do this id and this name belong together?"""

    user_id: str
    user_name: str


def same_email(email: str) -> str:
    """What two spellings of one e-mail address have in common."""
    return email.casefold()
