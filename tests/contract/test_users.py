"""What every repository of users promises, the fake as well as the real one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from pymongo.database import Database

from chassis.errors import Malformed
from tests.fakes.mongodb import fake_database
from userservice.domain import EmailTaken, NewUser, User, UserChanges, UserNotFound
from userservice.repository import MongoUsers, Users

NOON = datetime(2023, 7, 5, 12, tzinfo=UTC)


@pytest.fixture(params=["fake", "real"])
def users(request: pytest.FixtureRequest) -> Users:
    database = fake_database() if request.param == "fake" else request.getfixturevalue("mongo_database")
    seconds = count()
    return MongoUsers(database, now=lambda: NOON + timedelta(seconds=next(seconds) // 2))  # two in each second


def someone(name: str = "Michael", *, email: str | None = None) -> NewUser:
    return NewUser(user_name=name, email=email or f"{name.lower()}@example.com", card_number="123-456-7890")


def test_who_is_added_can_be_got(users: Users) -> None:
    michael = users.add(someone())
    assert michael == User(id=michael.id, user_name="Michael", email="michael@example.com", card_number="123-456-7890")
    assert users.get(michael.id) == michael


def test_nobody_else_can_be_got(users: Users) -> None:
    users.add(someone())
    for user_id in ("64a6b0a476d49ca2783f5fd2", "", "$ne", "a\x00b", "\N{TEDDY BEAR}" * 25):
        with pytest.raises(UserNotFound):
            users.get(user_id)


def test_two_users_may_share_a_name_and_a_card_but_no_address(users: Users) -> None:
    one, other = users.add(someone(email="one@example.com")), users.add(someone(email="two@example.com"))
    assert one.id != other.id
    with pytest.raises(EmailTaken):
        users.add(someone("Anna", email="one@example.com"))


@pytest.mark.parametrize("spelling", ["Michael@Example.com", "MICHAEL@EXAMPLE.COM"])
def test_another_spelling_is_the_same_address(users: Users, spelling: str) -> None:
    users.add(someone())
    with pytest.raises(EmailTaken):
        users.add(someone(email=spelling))


def test_an_address_is_kept_as_it_was_written(users: Users) -> None:
    assert users.get(users.add(someone(email="Michael@Example.com")).id).email == "Michael@Example.com"


def test_who_is_refused_leaves_nothing(users: Users) -> None:
    users.add(someone())
    with pytest.raises(EmailTaken):
        users.add(someone())
    assert len(users.list(limit=10, after=None)) == 1


def test_a_change_touches_what_it_names_only(users: Users) -> None:
    michael = users.add(someone())
    changed = users.change(michael.id, UserChanges(user_name="Mike"))
    assert changed == michael.model_copy(update={"user_name": "Mike"})
    assert users.get(michael.id) == changed


def test_a_change_of_everything(users: Users) -> None:
    michael = users.add(someone())
    changes = UserChanges(user_name="Mike", email="mike@example.com", card_number="1")
    assert users.change(michael.id, changes) == User(id=michael.id, **changes.model_dump())


def test_an_address_given_up_is_free_again(users: Users) -> None:
    michael = users.add(someone())
    users.change(michael.id, UserChanges(email="mike@example.com"))
    assert users.add(someone()).email == "michael@example.com"


def test_nobody_can_change_to_anothers_address(users: Users) -> None:
    users.add(someone("Anna"))
    michael = users.add(someone())
    with pytest.raises(EmailTaken):
        users.change(michael.id, UserChanges(email="ANNA@example.com", user_name="Mike"))
    assert users.get(michael.id) == michael


def test_ones_own_address_can_be_respelled(users: Users) -> None:
    michael = users.add(someone())
    assert users.change(michael.id, UserChanges(email="MICHAEL@example.com")).email == "MICHAEL@example.com"


def test_nobody_unknown_can_be_changed(users: Users) -> None:
    with pytest.raises(UserNotFound):
        users.change("nobody", UserChanges(user_name="Mike"))
    assert users.list(limit=10, after=None) == []


def test_the_newest_come_first(users: Users) -> None:
    added = [users.add(someone(name)) for name in ("Anna", "Ben", "Cleo", "Dan", "Eve")]
    listed = users.list(limit=10, after=None)
    assert {each.id for each in listed[1:3]} == {added[3].id, added[2].id}  # of one second
    assert listed[0] == added[4]
    assert {each.id for each in listed[3:]} == {added[1].id, added[0].id}


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 7])
def test_pages_join_without_gap_or_repetition(users: Users, limit: int) -> None:
    for number in range(5):
        users.add(someone(f"User{number}"))
    whole, after, pages = users.list(limit=10, after=None), None, []
    while page := users.list(limit=limit, after=after):
        pages += page
        after = page[-1].id
    assert pages == whole


def test_a_newcomer_does_not_shift_the_next_page(users: Users) -> None:
    for number in range(4):
        users.add(someone(f"User{number}"))
    whole = users.list(limit=4, after=None)
    users.add(someone("Late"))
    assert users.list(limit=4, after=whole[1].id) == whole[2:]


def test_a_page_after_nobody_known_is_malformed(users: Users) -> None:
    with pytest.raises(Malformed):
        users.list(limit=1, after="nobody")


def test_names_are_told_of_those_who_exist(users: Users) -> None:
    anna, ben = users.add(someone("Anna")), users.add(someone("Ben"))
    assert users.names([anna.id, ben.id, "nobody"]) == {anna.id: "Anna", ben.id: "Ben"}
    assert users.names([]) == {}


def test_of_many_who_want_one_address_at_once_one_gets_it(users: Users) -> None:
    def try_to_add(number: int) -> bool:
        try:
            users.add(someone(f"User{number}", email="one@example.com"))
        except EmailTaken:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_to_add, range(16))) == 1
    assert len(users.list(limit=20, after=None)) == 1


def test_no_user_is_looked_for_without_an_index(mongo_database: Database[dict[str, Any]]) -> None:
    users = MongoUsers(mongo_database)
    page = [users.add(someone(name)) for name in ("Ann", "Bob", "Cid")][1].id
    mongo_database.command("profile", 2)
    users.list(limit=2, after=None)
    users.list(limit=2, after=page)
    users.get(page)
    users.names([page])
    users.change(page, UserChanges(user_name="Ben"))
    mongo_database.command("profile", 0)
    asked = {"op": {"$in": ["query", "command", "update"]}, "ns": f"{mongo_database.name}.users"}
    plans = [each for each in mongo_database["system.profile"].find(asked) if "planSummary" in each]
    assert len(plans) == 6
    for plan in plans:
        assert plan["planSummary"].startswith(("IXSCAN", "IDHACK"))
        assert not plan.get("hasSortStage")
