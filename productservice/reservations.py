"""Where decisions about stock are kept: one reservation a reference, written in one transaction with its effect."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Protocol

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from chassis.internal import references_of
from chassis.mongo import DUPLICATE_KEY, Document, in_time
from productservice import leases, memos
from productservice.clock import DatabaseClock
from productservice.commands import Refuse, Release, Take
from productservice.decisions import Claimed, Reservation, decide, grant_all, pieces, release, unknown
from productservice.documents import document_of, product_of, reservation_of
from productservice.leases import UNSETTLED, Leases
from productservice.memos import MemoPurge
from productservice.repository import MongoProducts
from productservice.transactions import Decider, read_at_once


class Reservations(Protocol):
    def decide(self, commands: Sequence[Take | Refuse]) -> list[Reservation]: ...
    def release(self, commands: Sequence[Release]) -> list[Reservation]: ...
    def settle(self, references: Sequence[str]) -> list[Reservation]: ...
    def find(self, references: Sequence[str]) -> list[Reservation]: ...
    def claim(self, limit: int) -> list[Claimed]: ...
    def unsettled(self) -> int: ...


class _InTheWay(Exception):
    """A list cannot be granted as it is: a reference is known, a price is another, or there is not enough."""


class MongoReservations:
    """Reservations in the collection `reservations`, next to the products they take from."""

    def __init__(
        self,
        database: Database[Document],
        decider: Decider,
        products: MongoProducts,
        *,
        recovery_after_seconds: float,
        purge: MemoPurge | None = None,
    ) -> None:
        self._database = database
        self._decider = decider
        self._products = products
        self._clock = DatabaseClock(database)
        self._leases = Leases(recovery_after_seconds=recovery_after_seconds)
        self._purge = purge or MemoPurge()

    @cached_property
    def _reservations(self) -> Collection[Document]:
        """The collection, its indexes made sure of at first use, as the products' are."""
        self._products.make_ready()
        reservations = self._database["reservations"]
        reservations.create_index(leases.INDEX, partialFilterExpression=UNSETTLED)
        reservations.create_index(memos.INDEX, partialFilterExpression=memos.INDEXED)
        return reservations

    def decide(self, commands: Sequence[Take | Refuse]) -> list[Reservation]:
        """Decide what is undecided of this list, all or nothing; tell what is recorded of the rest."""
        _ = self._reservations  # its indexes, before there is a transaction
        granted = grant_all(commands)
        if granted is not None:
            try:
                return self._grant(granted)
            except _InTheWay:
                pass  # it has left nothing behind
        return self._decide(commands)

    def _grant(self, granted: list[Reservation]) -> list[Reservation]:
        """Write these decisions without a look before: the writes themselves see what is in the way. Raises _InTheWay.

        The usual list takes half the time so: a look is the dearest of its round trips.
        """
        now = self._clock.now()
        documents = [self._document(each, now) for each in granted]

        def decision(session: ClientSession) -> list[Reservation]:
            if not self._products.take(granted, session=session):
                raise _InTheWay
            try:
                self._reservations.insert_many(documents, session=session)
            except BulkWriteError as error:
                if any(each["code"] == DUPLICATE_KEY for each in error.details["writeErrors"]):
                    raise _InTheWay from None
                raise
            return granted

        return self._decider.run(decision)

    def _decide(self, commands: Sequence[Take | Refuse]) -> list[Reservation]:
        def decision(session: ClientSession) -> list[Reservation]:
            found = read_at_once(self._database, session, **_concerning(commands))
            recorded = {each["_id"]: reservation_of(each) for each in found["reservations"]}
            shelf = {each["product_name"]: product_of(each) for each in found["products"]}
            decisions = decide(commands, recorded, shelf)
            taken = pieces(each for each in decisions.fresh if each.state != "refused")
            self._products.move({name: -quantity for name, quantity in taken.items()}, session=session)
            if decisions.fresh:
                self._reservations.insert_many(
                    [self._document(each, found["now"]) for each in decisions.fresh], session=session
                )
            return decisions.answers

        return self._decider.run(decision)

    def release(self, commands: Sequence[Release]) -> list[Reservation]:
        """Give back the pieces of what is reserved; tell what is recorded of the rest."""
        reservations = self._reservations

        def decision(session: ClientSession) -> list[Reservation]:
            recorded = self._recorded(references_of(commands), session=session)
            decisions = release(commands, recorded)
            self._products.move(pieces(decisions.fresh), session=session)
            if decisions.fresh:
                reservations.bulk_write([_release(each) for each in decisions.fresh], session=session)
            return decisions.answers

        return self._decider.run(decision)

    def settle(self, references: Sequence[str]) -> list[Reservation]:
        """What is reserved is sold; tell what is recorded then. One write a reservation, so no transaction."""
        with in_time():
            self._reservations.update_many({"_id": {"$in": references}, **UNSETTLED}, {"$set": {"state": "sold"}})
            return self.find(references)

    def find(self, references: Sequence[str]) -> list[Reservation]:
        """What is recorded, one by one."""
        recorded = self._recorded(references)
        return [recorded.get(each) or unknown(each) for each in references]

    def claim(self, limit: int) -> list[Claimed]:
        """At most `limit` reservations that nobody settled in time, each leased to this caller for a while."""
        self._purge.run(self._reservations)
        return self._leases.claim(self._reservations, limit)

    def unsettled(self) -> int:
        """How many reservations wait to be settled or released."""
        with in_time():
            return self._reservations.count_documents(UNSETTLED)

    def _recorded(self, references: Sequence[str], *, session: ClientSession | None = None) -> dict[str, Reservation]:
        with in_time():
            found = self._reservations.find({"_id": {"$in": sorted(set(references))}}, session=session)
            return {each["_id"]: reservation_of(each) for each in found}

    def _document(self, reservation: Reservation, now: datetime) -> Document:
        return {**document_of(reservation), "created_at": now, **self._leases.first(now)}


def _concerning(commands: Sequence[Take | Refuse]) -> dict[str, Document]:
    names = {each.product_name for each in commands if isinstance(each, Take)}
    return {
        "reservations": {"_id": {"$in": sorted(set(references_of(commands)))}},
        "products": {"product_name": {"$in": sorted(names)}},
    }


def _release(released: Reservation) -> UpdateOne:
    fields = {"state": released.state, "code": released.code, "reason": released.reason}
    return UpdateOne({"_id": released.reference, **UNSETTLED}, {"$set": fields})
