"""Decisions about stock, in memory and in MongoDB: the first answer to a reference is its answer ever after."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.errors import KeyReused
from productservice.decisions import Reservation
from productservice.domain import OutOfStock, ProductNotFound
from tests.contract.stock import (
    HASH,
    MEMO,
    OTHER_HASH,
    Stock,
    deduct,
    put,
    refuse,
    release,
    stock_of,
    take,
)


@pytest.fixture(params=["fake", "real"])
def stock(request: pytest.FixtureRequest) -> Stock:
    return stock_of(request)


def left(stock: Stock, name: str = "Mobile") -> int:
    return stock.products.get(name).quantity


def states(reservations: list[Reservation]) -> list[str]:
    return [each.state for each in reservations]


def test_pieces_are_reserved_with_price_and_memo(stock: Stock) -> None:
    put(stock, quantity=5)
    [answer] = stock.reservations().decide([deduct("payment:1", quantity=2)])
    assert answer == Reservation(
        reference="payment:1",
        state="reserved",
        request_hash=HASH,
        product_name="Mobile",
        quantity=2,
        price=85090,
        memo=MEMO,
    )
    assert stock.reservations().find(["payment:1"]) == [answer]
    assert left(stock) == 3


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (deduct("payment:1", name="Laptop"), "product_not_found"),
        (deduct("payment:1", price=85091), "price_changed"),
        (deduct("payment:1", quantity=6), "out_of_stock"),
    ],
)
def test_a_refusal_is_recorded_and_takes_nothing(stock: Stock, command: object, code: str) -> None:
    put(stock, quantity=5)
    [answer] = stock.reservations().decide([command])  # type: ignore[list-item]
    assert (answer.state, answer.code) == ("refused", code)
    assert stock.reservations().find(["payment:1"]) == [answer]
    assert left(stock) == 5


def test_a_refusal_stays_when_pieces_come_in(stock: Stock) -> None:
    put(stock, quantity=1)
    reservations = stock.reservations()
    first = reservations.decide([deduct("payment:1", quantity=2)])
    put(stock, quantity=9, reference="second")
    assert reservations.decide([deduct("payment:1", quantity=2)]) == first
    assert left(stock) == 10


def test_a_reservation_stays_when_the_price_changes(stock: Stock) -> None:
    put(stock, quantity=5)
    reservations = stock.reservations()
    first = reservations.decide([deduct("payment:1")])
    stock.products.set_price("Mobile", 1)
    assert reservations.decide([deduct("payment:1")]) == first
    assert reservations.decide([deduct("payment:1", price=1)]) == first
    assert reservations.decide([deduct("payment:2")])[0].code == "price_changed"
    assert left(stock) == 4


def test_another_body_under_a_reference_is_told_nothing(stock: Stock) -> None:
    put(stock, quantity=5)
    reservations = stock.reservations()
    first = reservations.decide([deduct("payment:1")])
    nothing_told = [Reservation(reference="payment:1", state="key_reused")]
    assert reservations.decide([deduct("payment:1", request_hash=OTHER_HASH)]) == nothing_told
    assert reservations.decide([refuse("payment:1", request_hash=OTHER_HASH)]) == nothing_told
    assert reservations.find(["payment:1"]) == first
    assert left(stock) == 4


def test_a_reference_twice_in_one_list_is_decided_once(stock: Stock) -> None:
    put(stock, quantity=5)
    commands = [
        deduct("payment:1"),
        deduct("payment:2"),
        deduct("payment:1"),
        deduct("payment:2", request_hash=OTHER_HASH),
    ]
    answers = stock.reservations().decide(commands)
    assert [each.reference for each in answers] == ["payment:1", "payment:2", "payment:1", "payment:2"]
    assert states(answers) == ["reserved", "reserved", "reserved", "key_reused"]
    assert left(stock) == 3


def test_a_list_is_decided_one_after_the_other(stock: Stock) -> None:
    put(stock, "Mobile", quantity=3)
    put(stock, "Laptop", quantity=1, price=89000)
    stock.reservations().decide([deduct("payment:0")])
    answers = stock.reservations().decide(
        [
            deduct("payment:1", quantity=2),
            deduct("payment:2"),
            deduct("payment:0"),
            deduct("payment:3", name="Laptop", price=89000),
            refuse("payment:4"),
            deduct("payment:5", name="Tablet"),
        ]
    )
    assert states(answers) == ["reserved", "refused", "reserved", "reserved", "refused", "refused"]
    assert [each.code for each in answers] == [None, "out_of_stock", None, None, "user_not_found", "product_not_found"]
    assert (left(stock), left(stock, "Laptop")) == (0, 0)


def test_two_at_once_get_the_last_piece_once(stock: Stock) -> None:
    put(stock, quantity=1)
    reservations = stock.reservations()
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda each: reservations.decide([deduct(f"payment:{each}")])[0], range(2)))
    assert sorted(states(answers)) == ["refused", "reserved"]
    assert left(stock) == 0


def test_a_refusal_is_recorded_unless_something_is(stock: Stock) -> None:
    put(stock, quantity=5)
    reservations = stock.reservations()
    reserved = reservations.decide([deduct("payment:1")])
    assert reservations.decide([refuse("payment:1")]) == reserved
    [refused] = reservations.decide([refuse("payment:2")])
    assert refused == Reservation(
        reference="payment:2", state="refused", request_hash=HASH, code="user_not_found", reason="Nobody."
    )
    assert reservations.decide([deduct("payment:2")]) == [refused]
    assert left(stock) == 4


def test_a_release_gives_back_once(stock: Stock) -> None:
    put(stock, quantity=5)
    reservations = stock.reservations()
    [reserved, _] = reservations.decide([deduct("payment:1", quantity=2), deduct("payment:2")])
    answers = reservations.release([release("payment:1"), release("payment:1"), release("payment:3")])
    assert states(answers) == ["released", "released", "unknown"]
    assert (answers[0].code, answers[0].reason, answers[0].memo) == ("insufficient_funds", "No money.", reserved.memo)
    assert reservations.release([release("payment:1")]) == answers[:1]
    assert reservations.settle(["payment:1"]) == answers[:1]
    assert reservations.decide([deduct("payment:1", quantity=2)]) == answers[:1]
    assert left(stock) == 4


def test_what_is_settled_stays_sold(stock: Stock) -> None:
    put(stock, quantity=5)
    reservations = stock.reservations()
    reservations.decide([deduct("payment:1"), refuse("payment:2")])
    sold = reservations.settle(["payment:1", "payment:2", "payment:3", "payment:1"])
    assert states(sold) == ["sold", "refused", "unknown", "sold"]
    assert reservations.release([release("payment:1")]) == sold[:1]
    assert reservations.find(["payment:1", "payment:2", "payment:3", "payment:1"]) == sold
    assert left(stock) == 4


def test_many_release_at_once_and_give_back_once(stock: Stock) -> None:
    put(stock, quantity=5)
    reservations = stock.reservations()
    reservations.decide([deduct("payment:1", quantity=5)])
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: reservations.release([release("payment:1")])[0], range(8)))
    assert set(states(answers)) == {"released"}
    assert left(stock) == 5


def test_pieces_taken_are_sold_at_once_and_told_again(stock: Stock) -> None:
    put(stock, quantity=5)
    reservations = stock.reservations()
    [taken] = reservations.decide([take("products.deduct:1", quantity=2)])
    assert (taken.state, taken.price) == ("sold", 85090)
    assert taken.outcome() == stock.products.get("Mobile")
    put(stock, quantity=9, price=1, reference="second")
    [again] = reservations.decide([take("products.deduct:1", quantity=2)])
    assert again == taken
    assert again.outcome() == taken.outcome()
    assert left(stock) == 12


def test_a_take_tells_its_refusals(stock: Stock) -> None:
    put(stock, quantity=1)
    reservations = stock.reservations()
    for _ in range(2):
        out, missing = reservations.decide([take("products.deduct:1", quantity=2), take("products.deduct:2", name="x")])
        with pytest.raises(OutOfStock):
            out.outcome()
        with pytest.raises(ProductNotFound):
            missing.outcome()
        put(stock, quantity=9, reference="second")
    with pytest.raises(KeyReused):
        reservations.decide([take("products.deduct:1", request_hash=OTHER_HASH)])[0].outcome()


@pytest.mark.parametrize("name", ["$quantity", "a.b", "$where", "$$NOW", "$$ROOT"])
def test_a_name_is_only_a_name(stock: Stock, name: str) -> None:
    put(stock, quantity=7)
    put(stock, name, quantity=5)
    reservations = stock.reservations()
    answers = reservations.decide([deduct("$state", name=name), take("$$NOW", name=name), deduct("a.b", name="$none")])
    assert states(answers) == ["reserved", "sold", "refused"]
    assert reservations.find(["$state", "$$NOW", "a.b"]) == answers
    assert [each.product_name for each in answers] == [name, name, "$none"]
    assert reservations.release([release("$state")])[0].state == "released"
    assert (left(stock, name), left(stock)) == (4, 7)


def test_nothing_is_claimed_before_its_time(stock: Stock) -> None:
    put(stock)
    stock.reservations(recovery_after_seconds=30).decide([deduct("payment:1")])
    assert stock.reservations(recovery_after_seconds=0).claim(10) == []


def test_what_is_due_is_claimed_once_and_leased(stock: Stock) -> None:
    put(stock)
    decided = stock.reservations(recovery_after_seconds=0).decide([deduct(f"payment:{each}") for each in range(5)])
    one, another = stock.reservations(), stock.reservations()
    claimed = [*one.claim(2), *another.claim(2), *one.claim(2), *another.claim(2)]
    assert {each.reservation.reference: each.reservation for each in claimed} == {
        each.reference: each for each in decided
    }
    assert [each.attempts for each in claimed] == [1] * 5


def test_two_at_once_claim_different_reservations(stock: Stock) -> None:
    put(stock)
    stock.reservations(recovery_after_seconds=0).decide([deduct(f"payment:{each}") for each in range(12)])
    reservations = stock.reservations()
    with ThreadPoolExecutor(4) as threads:
        claimed = [each for some in threads.map(lambda _: reservations.claim(5), range(4)) for each in some]
    assert sorted(each.reservation.reference for each in claimed) == sorted(f"payment:{each}" for each in range(12))


def test_only_what_is_unsettled_is_claimed_and_counted(stock: Stock) -> None:
    put(stock)
    reservations = stock.reservations(recovery_after_seconds=0)
    reservations.decide(
        [*(deduct(f"payment:{each}") for each in range(4)), take("products.deduct:1"), refuse("payment:9")]
    )
    assert reservations.unsettled() == 4
    reservations.settle(["payment:0"])
    reservations.release([release("payment:1")])
    assert {each.reservation.reference for each in reservations.claim(10)} == {"payment:2", "payment:3"}
    assert reservations.unsettled() == 2


def test_attempts_are_counted(stock: Stock) -> None:
    put(stock)
    reservations = stock.reservations(recovery_after_seconds=0)
    reservations.decide([deduct("payment:1")])
    assert [reservations.claim(1)[0].attempts for _ in range(3)] == [1, 2, 3]
