"""Whatever is done to a product, in whatever order: what came in is what is left, reserved or sold."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from productservice.commands import Refuse, Take
from tests.contract.stock import Stock, deduct, put, refuse, release, stock_of, take

NUMBERS = st.integers(0, 7)  # of references: few, so that they meet again
PIECES = st.integers(1, 6)
PRICES = (1, 85090)
STEPS = st.one_of(
    st.tuples(st.just("add"), st.tuples(NUMBERS, PIECES)),
    st.tuples(st.just("price"), st.sampled_from(PRICES)),
    st.tuples(st.just("decide"), st.lists(st.tuples(st.sampled_from("dtr"), NUMBERS, PIECES), min_size=1, max_size=8)),
    st.tuples(st.just("release"), st.lists(NUMBERS, min_size=1, max_size=4)),
    st.tuples(st.just("settle"), st.lists(NUMBERS, min_size=1, max_size=4)),
)


@pytest.fixture(params=["fake", "real"])
def stock(request: pytest.FixtureRequest) -> Stock:
    return stock_of(request)


@given(steps=st.lists(STEPS, max_size=15))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_came_in_is_left_reserved_or_sold(stock: Stock, steps: Sequence[tuple[str, Any]]) -> None:
    name = uuid.uuid4().hex  # a product, and references, of this example's own
    put(stock, name, quantity=3)
    play = Player(stock, name)
    for step, argument in steps:
        play.step(step, argument)
        held = stock.reservations().find(play.references())
        pieces = sum(each.quantity or 0 for each in held if each.state in ("reserved", "sold"))
        assert stock.products.get(name).quantity >= 0
        assert stock.products.get(name).quantity + pieces == stock.stocked(name)


class Player:
    """Does to one product what the steps say, and sees to it that no first answer is taken back."""

    def __init__(self, stock: Stock, name: str) -> None:
        self._stock = stock
        self._name = name
        self._refused: set[str] = set()
        self._granted: set[str] = set()

    def references(self) -> list[str]:
        return [self._reference(each) for each in range(8)]

    def step(self, step: str, argument: Any) -> None:
        getattr(self, f"_{step}")(argument)

    def _add(self, argument: tuple[int, int]) -> None:
        number, pieces = argument
        put(self._stock, self._name, quantity=pieces, reference=str(number))

    def _price(self, price: int) -> None:
        self._stock.products.set_price(self._name, price)

    def _decide(self, argument: Sequence[tuple[str, int, int]]) -> None:
        commands = [self._command(*each) for each in argument]
        for answer in self._stock.reservations().decide(commands):
            first, other = self._refused, self._granted
            if answer.state != "refused":
                first, other = other, first
            first.add(answer.reference)
            assert answer.reference not in other

    def _release(self, numbers: Sequence[int]) -> None:
        self._stock.reservations().release([release(self._reference(each)) for each in numbers])

    def _settle(self, numbers: Sequence[int]) -> None:
        self._stock.reservations().settle([self._reference(each) for each in numbers])

    def _command(self, kind: str, number: int, pieces: int) -> Take | Refuse:
        reference = self._reference(number)
        make: dict[str, Callable[[], Take | Refuse]] = {
            "d": lambda: deduct(reference, name=self._name, quantity=pieces),
            "t": lambda: take(reference, name=self._name, quantity=pieces),
            "r": lambda: refuse(reference),
        }
        return make[kind]()

    def _reference(self, number: int) -> str:
        return f"{self._name}:{number}"
