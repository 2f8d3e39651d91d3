"""Where customers are kept: one MongoDB collection, an e-mail unique in it."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol

from bson import ObjectId
from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection as MongoCollection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chassis import mongo
from chassis.mongo import Document, in_time
from userservice.domain import EmailTaken, NewUser, User, UserChanges, UserNotFound, same_email


class Users(Protocol):
    def add(self, new: NewUser) -> User: ...
    def get(self, user_id: str) -> User: ...
    def change(self, user_id: str, changes: UserChanges) -> User: ...
    def list(self, *, limit: int, after: str | None) -> list[User]: ...
    def names(self, user_ids: Collection[str]) -> Mapping[str, str]: ...


class MongoUsers:
    """Customers in the collection `users`."""

    def __init__(
        self,
        database: Database[Document],
        *,
        new_id: Callable[[], str] = lambda: str(ObjectId()),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._new_id = new_id
        self._now = now

    @cached_property
    def _users(self) -> MongoCollection[Document]:
        """The collection, its indexes made sure of at first use: MongoDB need not be up before the service."""
        users = self._database["users"]
        users.create_index([("email_key", ASCENDING)], unique=True)
        users.create_index(mongo.NEWEST_FIRST)
        return users

    def add(self, new: NewUser) -> User:
        """Keep a new customer. Raises EmailTaken."""
        document = {"_id": self._new_id(), **_fields(new), "created_at": self._now()}
        try:
            with in_time():
                self._users.insert_one(document)
        except DuplicateKeyError:
            raise EmailTaken from None
        return _user(document)

    def get(self, user_id: str) -> User:
        """The customer with this id. Raises UserNotFound."""
        with in_time():
            return _found(self._users.find_one({"_id": user_id}))

    def change(self, user_id: str, changes: UserChanges) -> User:
        """Write a profile's new values. Raises UserNotFound, EmailTaken."""
        try:
            with in_time():
                changed = self._users.find_one_and_update(
                    {"_id": user_id}, {"$set": _fields(changes)}, return_document=ReturnDocument.AFTER
                )
        except DuplicateKeyError:
            raise EmailTaken from None
        return _found(changed)

    def list(self, *, limit: int, after: str | None) -> list[User]:
        """At most `limit` customers, newest first, older than `after`."""
        with in_time():
            return [_user(each) for each in mongo.newest_first(self._users, where={}, limit=limit, after=after)]

    def names(self, user_ids: Collection[str]) -> Mapping[str, str]:
        """The names of those of `user_ids` that exist."""
        with in_time():
            found = self._users.find({"_id": {"$in": sorted(user_ids)}}, {"user_name": True})
            return {each["_id"]: each["user_name"] for each in found}


def _fields(values: NewUser | UserChanges) -> dict[str, Any]:
    fields = values.model_dump(exclude_none=True)
    return {**fields, "email_key": same_email(fields["email"])} if "email" in fields else fields


def _found(document: Document | None) -> User:
    if document is None:
        raise UserNotFound
    return _user(document)


def _user(document: Document) -> User:
    return User(
        id=document["_id"],
        user_name=document["user_name"],
        email=document["email"],
        card_number=document["card_number"],
    )
