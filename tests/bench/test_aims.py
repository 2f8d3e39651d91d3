"""The aims: what was found against what should be, and how that is told."""

import pytest

from tests.bench.aims import EMPTY, FULL, Finding, findings, findings_of_overload, findings_of_pages
from tests.bench.load import CREATED, Measured
from tests.bench.market import PRODUCTS
from tests.bench.report import rows_of_findings, rows_of_loads, table
from tests.bench.rounds import Round

OVERLOAD = {"of_best": 0.9, "refused_p99_ms": 40.0, "lost": 0}


def load(rate: int, *, median: float = 0.01) -> Measured:
    """One second in which so many were paid."""
    return Measured(seconds=1.0, latencies={CREATED: [median] * rate})


def a_round(*, hot: int = 600, full: int = 0) -> Round:
    loads = {
        (EMPTY, 1, PRODUCTS): load(90),
        (EMPTY, 32, PRODUCTS): load(600),
        (EMPTY, 32, 1): load(hot),
        (EMPTY, 128, PRODUCTS): load(1000),
        (EMPTY, 128, 1): load(1000),
    }
    if full:
        loads |= {(FULL, clients, PRODUCTS): load(full) for clients in (1, 32, 128)}
    return Round(floor=0.004, ceiling=3000, loads=loads)


def missed(found: list[Finding]) -> list[str]:
    return [each.name for each in found if not each.is_reached]


def test_a_round_that_reaches_every_aim_says_so() -> None:
    assert missed(findings([a_round()])) == []


def test_the_median_of_the_rounds_counts() -> None:
    slow, fast = a_round(hot=400), a_round()
    assert missed(findings([slow, fast, fast])) == []
    assert missed(findings([slow, slow, fast])) == ["32 clients: one hot product, of a hundred's rate"]


def test_a_full_shop_is_compared_where_there_was_one() -> None:
    found = findings([a_round(full=590)])
    assert missed(found) == ["128 clients: full shop's rate, of the empty one's"]
    assert len(found) == len(findings([a_round()])) + 3


def test_pages_have_fifty_milliseconds() -> None:
    assert missed(findings_of_pages({"/users": 50.0, "/orders": 50.1})) == ["/orders, ms"]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"of_best": 0.7}, "512 clients: of the best rate"),
        ({"refused_p99_ms": 1500.0}, "512 clients: refusals' p99, ms"),
        ({"lost": 1}, "512 clients: connections lost"),
    ],
)
def test_an_overload_may_neither_slow_nor_stall_nor_lose(changed: dict[str, float], name: str) -> None:
    good, bad = {"clients": OVERLOAD, "flood": OVERLOAD}, {"clients": {**OVERLOAD, **changed}, "flood": OVERLOAD}
    assert missed(findings_of_overload({"rounds": [good], "seconds_to_recover": 0.0})) == []
    assert missed(findings_of_overload({"rounds": [bad, good, bad], "seconds_to_recover": 0.0})) == [name]


def test_one_lost_connection_in_one_round_is_one_too_many() -> None:
    good, bad = {"clients": OVERLOAD, "flood": OVERLOAD}, {"clients": OVERLOAD, "flood": {**OVERLOAD, "lost": 1}}
    found = {"rounds": [good, good, bad], "seconds_to_recover": 0.0}
    assert missed(findings_of_overload(found)) == ["twice the best rate: connections lost"]


@pytest.mark.parametrize("seconds", [6.0, None], ids=["late", "never"])
def test_and_it_must_be_over_soon(seconds: float | None) -> None:
    found = {"rounds": [{"clients": OVERLOAD, "flood": OVERLOAD}], "seconds_to_recover": seconds}
    assert missed(findings_of_overload(found)) == ["seconds until all is as before"]


def test_the_table_names_every_load_and_marks_what_is_missed() -> None:
    rounds = [a_round(hot=400)]
    report = {
        "machine": "a machine",
        "loads": rows_of_loads(rounds),
        "findings": rows_of_findings(findings(rounds)),
        "notes": {"the books": "balance"},
    }
    text = table(report)
    assert "empty shop: 128 clients, 1 product " in text
    assert [line.partition("  ")[0] for line in text.splitlines() if line.endswith("MISSED")] == [
        "32 clients: one hot product, of a hundred's rate"
    ]
    assert text.endswith("the books: balance")
