"""What only a real MongoDB can show: conflicts between replicas, indexes, its clock, and memos forgotten."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError, WriteError

from chassis import deadlines, mongo
from chassis.errors import Unavailable
from productservice.commands import Deduct, Refuse, Take
from productservice.memos import REST, MemoPurge
from productservice.repository import MongoProducts
from productservice.transactions import ABORT, Decider, Outcome
from tests.contract.stock import MEMO, MongoStock, deduct, put, refuse, release, take

MongoDatabase = Database[dict[str, Any]]


@pytest.fixture
def stock(mongo_database: MongoDatabase) -> MongoStock:
    return MongoStock(mongo_database)


class Interrupted(MongoProducts):
    """Products of a replica that another one overtakes between its first look and its write."""

    def __init__(self, stock: MongoStock, rival: MongoStock) -> None:
        super().__init__(stock.database, stock.decider)
        self._rival = rival
        self.tries = 0

    def move(self, pieces: Mapping[str, int], *, session: ClientSession) -> None:
        self.tries += 1
        if self.tries == 1:
            self._rival.reservations().decide([deduct("payment:rival", quantity=3)])
        super().move(pieces, session=session)


def test_a_list_overtaken_by_another_replica_is_decided_again(stock: MongoStock) -> None:
    put(stock, quantity=5)
    products = Interrupted(stock, rival=MongoStock(stock.database))
    commands: list[Take | Refuse] = [refuse("payment:0"), deduct("payment:1", quantity=3), deduct("payment:2")]
    answers = stock.reservations(products=products).decide(commands)
    assert products.tries == 2
    assert [each.state for each in answers] == ["refused", "refused", "reserved"]
    assert stock.products.get("Mobile").quantity == 1


class Counting(Decider):
    """Knows how often it was asked for a transaction."""

    runs = 0

    def run(self, decision: Callable[[ClientSession], Outcome]) -> Outcome:
        self.runs += 1
        return super().run(decision)


@pytest.fixture
def counted(stock: MongoStock) -> MongoStock:
    """The same database, by a decider that counts; four pieces are left, one is reserved under payment:0."""
    put(stock, quantity=5)
    stock.reservations().decide([deduct("payment:0")])
    return MongoStock(stock.database, Counting(stock.database.client))


def test_a_list_with_nothing_in_its_way_takes_no_look(counted: MongoStock) -> None:
    answers = counted.reservations().decide([deduct("payment:1", quantity=3), deduct("payment:2")])
    assert [each.state for each in answers] == ["reserved", "reserved"]
    assert counted.decider.runs == 1  # type: ignore[attr-defined]
    assert counted.products.get("Mobile").quantity == 0
    assert counted.reservations().find(["payment:1", "payment:2"]) == answers


@pytest.mark.parametrize(
    ("commands", "states"),
    [
        ([deduct("payment:1", quantity=4), deduct("payment:0")], ["reserved", "reserved"]),
        ([deduct("payment:1", quantity=4), deduct("payment:2")], ["reserved", "refused"]),
        ([deduct("payment:1", quantity=4), deduct("payment:2", name="Laptop")], ["reserved", "refused"]),
        ([deduct("payment:1", price=1)], ["refused"]),
    ],
    ids=["a known reference", "too few", "no such product", "another price"],
)
def test_what_is_in_the_way_leaves_nothing_of_the_try_behind(
    counted: MongoStock, commands: list[Deduct], states: list[str]
) -> None:
    answers = counted.reservations().decide(commands)
    assert [each.state for each in answers] == states
    assert counted.decider.runs == 2  # type: ignore[attr-defined]
    left = 0 if commands[0].price != 1 else 4
    assert counted.products.get("Mobile").quantity == left
    assert counted.reservations().find([each.reference for each in commands]) == answers


class Dying(Decider):
    """Of a process that comes to its end just before each commit."""

    def run(self, decision: Callable[[ClientSession], Outcome]) -> Outcome:
        def decide_and_die(session: ClientSession) -> Outcome:
            decision(session)
            raise SystemExit

        return super().run(decide_and_die)


def test_who_dies_before_the_commit_has_written_nothing(stock: MongoStock) -> None:
    put(stock, quantity=5)
    stock.reservations().decide([deduct("payment:1")])
    dying = MongoStock(stock.database, Dying(stock.database.client))
    steps: list[Callable[[], object]] = [
        lambda: dying.reservations().decide([deduct("payment:2", quantity=2), refuse("payment:3")]),
        lambda: dying.reservations().release([release("payment:1")]),
        lambda: put(dying, "Mobile", reference="second"),
        lambda: put(dying, "Laptop"),
    ]
    for step in steps:
        with pytest.raises(SystemExit):
            step()
    found = stock.reservations().find(["payment:1", "payment:2", "payment:3"])
    assert [each.state for each in found] == ["reserved", "unknown", "unknown"]
    assert [(each.product_name, each.quantity) for each in stock.products.list(limit=9, after=None)] == [("Mobile", 4)]
    assert stock.stocked("Mobile") == 5
    assert stock.database["additions"].count_documents({}) == 1


def test_replicas_decide_one_reference_once(stock: MongoStock) -> None:
    put(stock, quantity=100)
    replicas = (stock.reservations(), MongoStock(stock.database).reservations())
    with ThreadPoolExecutor(4) as threads:
        lists = [[deduct(f"payment:{each // 4}"), deduct("payment:hot")] for each in range(24)]
        answers = list(threads.map(lambda each: replicas[each % 2].decide(lists[each]), range(24)))
    assert {each.state for some in answers for each in some} == {"reserved"}
    assert stock.products.get("Mobile").quantity == 100 - 7


def test_who_waits_in_vain_for_a_turn_is_told_so_in_time(stock: MongoStock) -> None:
    put(stock)

    def decide_inside(_: ClientSession) -> None:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(decide_hurriedly).result(timeout=1)

    def decide_hurriedly() -> None:
        with deadlines.deadline(0.05):
            stock.reservations().decide([deduct("payment:1")])

    with pytest.raises(Unavailable):
        stock.decider.run(decide_inside)
    assert stock.reservations().find(["payment:1"])[0].state == "unknown"


def test_a_decision_whose_caller_has_left_is_not_made(stock: MongoStock) -> None:
    put(stock)
    with deadlines.deadline(0), pytest.raises(Unavailable):
        stock.reservations().decide([deduct("payment:1")])
    assert stock.reservations().find(["payment:1"])[0].state == "unknown"


def test_a_decision_that_fails_leaves_nothing_and_no_lock(stock: MongoStock) -> None:
    put(stock, quantity=5)

    def fail(session: ClientSession) -> None:
        stock.products.move({"Mobile": -2}, session=session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stock.decider.run(fail)
    assert MongoStock(stock.database).products.set_price("Mobile", 1).quantity == 5


def test_a_decision_that_runs_out_of_time_leaves_no_lock(stock: MongoStock) -> None:
    put(stock, quantity=5)

    def dawdle(session: ClientSession) -> None:
        stock.products.move({"Mobile": -2}, session=session)
        threading.Event().wait(0.3)  # time is what this test is about
        stock.products.move({"Mobile": -2}, session=session)

    with deadlines.deadline(ABORT + 0.25), pytest.raises(PyMongoError) as caught:
        stock.decider.run(dawdle)
    assert mongo.is_outage(caught.value)
    with deadlines.deadline(1.0):
        assert MongoStock(stock.database).products.set_price("Mobile", 1).quantity == 5


def test_stock_never_falls_below_nothing(stock: MongoStock) -> None:
    put(stock, quantity=5)
    with pytest.raises(RuntimeError):
        stock.decider.run(lambda session: stock.products.move({"Mobile": -6}, session=session))
    assert stock.products.get("Mobile").quantity == 5


@pytest.mark.parametrize(("claims", "lease"), [(1, 30), (2, 60), (5, 480), (6, 600), (40, 600)])
def test_a_lease_doubles_up_to_ten_minutes(stock: MongoStock, claims: int, lease: int) -> None:
    put(stock)
    impatient = stock.reservations(recovery_after_seconds=0)
    impatient.decide([deduct("payment:1")])
    for _ in range(claims - 1):
        impatient.claim(1)
    [claimed] = stock.reservations(recovery_after_seconds=30).claim(1)
    assert claimed.attempts == claims
    left = {"$subtract": ["$next_attempt_at", "$$NOW"]}
    [clocked] = stock.database["reservations"].aggregate([{"$project": {"left": left}}])
    assert lease * 1000 - 5000 < clocked["left"] <= lease * 1000


def test_every_query_has_its_index(stock: MongoStock) -> None:
    reservations = stock.reservations(recovery_after_seconds=0)
    put(stock)
    reservations.unsettled()
    stock.database.command("profile", 2)
    for name in ("Laptop", "Desktop"):
        put(stock, name)
    [first, *_] = stock.products.list(limit=1, after=None)
    stock.products.list(limit=1, after=first.id)
    stock.products.get("Mobile")
    stock.products.set_price("Mobile", 85090)
    reservations.decide([*(deduct(f"payment:{each}") for each in range(9)), take("products.deduct:1"), refuse("r")])
    reservations.release([release("payment:1")])
    reservations.settle(["payment:2"])
    reservations.find(["payment:2"])
    reservations.unsettled()
    stock.reservations(recovery_after_seconds=0, purge=MemoPurge(kept_ms=-60_000)).claim(2)
    stock.database.command("profile", 0)
    profiled = list(stock.database["system.profile"].find())
    assert len(profiled) > 20
    assert [each["command"] for each in profiled if each.get("planSummary") == "COLLSCAN"] == []


def test_decided_memos_are_forgotten_and_decisions_are_not(stock: MongoStock) -> None:
    put(stock)
    purge = MemoPurge(kept_ms=-60_000)  # as if thirty days had passed
    reservations = stock.reservations(purge=purge)
    reservations.decide([deduct(f"payment:{each}") for each in range(3)])
    reservations.settle(["payment:1"])
    reservations.release([release("payment:2")])
    before = reservations.find(["payment:0", "payment:1", "payment:2"])
    assert [each.memo for each in before] == [MEMO] * 3
    reservations.claim(1)
    after = reservations.find(["payment:0", "payment:1", "payment:2"])
    assert [each.memo for each in after] == [MEMO, None, None]
    assert [each.state for each in after] == [each.state for each in before]
    assert reservations.decide([deduct("payment:1")]) == after[1:2]


def test_young_memos_are_kept(stock: MongoStock) -> None:
    put(stock)
    reservations = stock.reservations()
    reservations.decide([deduct("payment:1")])
    reservations.settle(["payment:1"])
    reservations.claim(1)
    assert reservations.find(["payment:1"])[0].memo == MEMO


def test_memos_are_looked_through_once_an_hour(stock: MongoStock) -> None:
    put(stock)
    time = [0.0]
    reservations = stock.reservations(purge=MemoPurge(clock=lambda: time[0], kept_ms=-60_000))
    kept = []
    for now in (0.0, REST - 1, REST):
        time[0] = now
        reservations.decide([deduct(f"payment:{now}")])
        reservations.settle([f"payment:{now}"])
        reservations.claim(1)
        kept.append(reservations.find([f"payment:{now}"])[0].memo is not None)
    assert kept == [False, True, False]


def test_the_database_itself_refuses_a_stock_below_nothing(stock: MongoStock, mongo_database: MongoDatabase) -> None:
    put(stock)
    with pytest.raises(WriteError):
        mongo_database["products"].update_one({}, {"$inc": {"quantity": -1000}})
