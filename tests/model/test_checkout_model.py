"""The checkout keeps its promises in every world that can come to be, and needs each of its rules for that.

Read `rules.py` first, then `checkout.py`. `pytest -rP tests/model` tells, for each rule, how a shop without it fails.
"""

import pytest

from tests.model.explorer import Exploration, explore
from tests.model.rules import AS_DESIGNED, Rules
from tests.model.world import Shape

# Each with a number of worlds that it must exceed: a model that has become empty keeps every promise.
DESIGNED = [
    pytest.param(Shape("A A", observers=1, prices=(1, 2)), 20_000, id="a customer asks again while the price changes"),
    pytest.param(Shape("A", sweepers=2, observers=1, prices=(1, 2)), 3_900, id="two recoveries at once"),
    pytest.param(Shape("A A A"), 4_000, id="a customer asks three times"),
    pytest.param(Shape("A A'", observers=1), 5_000, id="two requests under one key"),
    pytest.param(Shape("A", observers=1, strangers=1), 5_000, id="a public deduction under the same key"),
    pytest.param(Shape("A B", stocked=1, prices=(1, 2)), 16_000, id="two customers, one piece, and the price changes"),
    pytest.param(Shape("A B", funds=1), 9_000, id="two payments and money for one"),
    pytest.param(Shape("A B", funds=2), 12_000, id="two payments in one list"),
    pytest.param(Shape("A A B", sweepers=0, stocked=1), 2_000, id="a reference twice in one list, beside another"),
    pytest.param(Shape("A B C", sweepers=0), 9_000, id="three payments and two pieces"),
]

CUSTOMER = Shape("A", sweepers=0)
CUSTOMER_AND_RECOVERY = Shape("A", sweepers=1)
CUSTOMER_AND_STRANGER = Shape("A", sweepers=0, strangers=1)
CUSTOMER_TWICE = Shape("A A", sweepers=0)
CUSTOMER_TWICE_PRICE_CHANGES = Shape("A A", sweepers=0, prices=(1, 2))
TWO_REQUESTS_ONE_KEY = Shape("A A'", sweepers=0)
TWO_CUSTOMERS = Shape("A B", sweepers=0)

CONTRADICTED = {"told failed, an order exists", "told both completed and failed"}

# The smallest company in which each rule is missed, and all that goes wrong there.
MISSED = {
    "sticky_wallet": (CUSTOMER_TWICE, {"charge without stock", *CONTRADICTED}),
    "sticky_stock": (CUSTOMER_TWICE, CONTRADICTED),
    "records_never_expire": (CUSTOMER_TWICE, CONTRADICTED),
    "references_have_namespaces": (
        CUSTOMER_AND_STRANGER,
        {"charge without stock", "sold without a charge", "sold without an order"},
    ),
    "look_refusals_are_recorded": (CUSTOMER_TWICE, CONTRADICTED),
    "doubt_is_no_refusal": (CUSTOMER_TWICE, {"charge without stock", *CONTRADICTED}),
    "void_writes_a_no": (CUSTOMER_AND_RECOVERY, {"charge without stock", "order without stock"}),
    "unwritten_order_stays_pending": (
        CUSTOMER_TWICE,
        {"charge without stock", "order without stock", "charged, never an order", *CONTRADICTED},
    ),
    "settle_after_order": (CUSTOMER, {"sold without an order", "charged, never an order"}),
    "recorded_price_is_used": (
        CUSTOMER_TWICE_PRICE_CHANGES,
        {"charged another price than reserved", "ordered at another price than charged"},
    ),
    "one_failure_blocks_no_other": (TWO_CUSTOMERS, {"stock held for ever", "charged, never an order"}),
    "bodies_are_compared": (TWO_REQUESTS_ONE_KEY, {"told completed for another request"}),
    "another_body_is_no_refusal": (TWO_REQUESTS_ONE_KEY, {"charge without stock", *CONTRADICTED}),
    "lists_are_atomic": (TWO_CUSTOMERS, {"stock miscounted", "money miscounted"}),
    "aborted_answers_are_forgotten": (
        TWO_CUSTOMERS,
        {
            "charge without stock",
            "order without stock",
            "order without a charge",
            "sold without an order",
            "charged, never an order",
            "told failed, an order exists",
            "told completed, no order exists",
        },
    ),
    "lists_are_deduplicated": (
        CUSTOMER_TWICE,
        {"stock miscounted", "money miscounted", "charge without stock", *CONTRADICTED},
    ),
    "answers_keep_their_reference": (
        TWO_CUSTOMERS,
        {
            "charge without stock",
            "order without a charge",
            "told failed, an order exists",
            "told completed, no order exists",
        },
    ),
}


@pytest.mark.parametrize(("shape", "floor"), DESIGNED)
def test_as_designed_no_promise_is_ever_broken(shape: Shape, floor: int) -> None:
    found = explore(shape)
    assert not found.stories, all_stories(found)
    assert found.states > floor
    assert found.heard == {"completed", "failed"}


@pytest.mark.parametrize("rule", Rules._fields)
def test_without_any_one_rule_promises_are_broken(rule: str) -> None:
    shape, broken = MISSED[rule]
    found = explore(shape, AS_DESIGNED.without(rule))
    print(all_stories(found))
    assert set(found.stories) == broken


@pytest.mark.parametrize("rule", Rules._fields)
def test_with_that_rule_the_same_company_is_safe(rule: str) -> None:
    shape, _ = MISSED[rule]
    found = explore(shape)
    assert not found.stories, all_stories(found)


def test_a_story_can_be_read() -> None:
    found = explore(CUSTOMER_AND_RECOVERY, AS_DESIGNED.without("void_writes_a_no"))
    assert str(found.stories["charge without stock"]).splitlines() == [
        "charge without stock:",
        "  1. payer A: look A -> looks good at 1",
        "  2. payer A: reserve A at 1 -> reserved at 1",
        "  3. sweeper: find A -> reserved at 1",
        "  4. sweeper: void A at 1 -> declined",
        "  5. payer A: charge A at 1 -> charged at 1",
        "  6. sweeper: release A -> released at 1",
    ]


def test_a_story_tells_what_recovery_met() -> None:
    found = explore(TWO_CUSTOMERS, AS_DESIGNED.without("one_failure_blocks_no_other"))
    assert found.stories["stock held for ever"].lines[-1] == (
        "everybody dies here; recovery runs and cannot write order A at first"
    )


def all_stories(found: Exploration) -> str:
    """For the reader of a failed test, or of `pytest -rP`."""
    return "\n\n".join(map(str, found.stories.values()))
