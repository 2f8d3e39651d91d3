"""What the proof says in the end, to people and to programs."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.audit import Invariant
from tests.faults.imagined import PLACE
from tests.faults.latencies import Latencies
from tests.faults.report import Report
from tests.prove import paper
from tests.prove.options import Options

OPTIONS = Options("prove", seed=7)


def green() -> Report:
    report = Report(7, "f7-a", ["mongodb killed", "mongodb frozen for 1.0 s, in vain"], hits=1, completed=3)
    report.calm = Latencies(3, 0.02, 0.05, 0.06)
    report.answers = {201: 1234, 409: 2}
    report.everything = [Invariant("money", {"wallets": 1, "in": 123450, "missing": 0})]
    report.own = [Invariant("answers", {"keys": 5})]
    return report


def test_a_green_report_has_its_numbers() -> None:
    text = paper.report_text(green(), OPTIONS, PLACE)
    assert paper.verdict(green()) == []
    assert text.splitlines()[-1].startswith("GREEN")
    assert "  yes money     1 wallets, 1,234.50 in, 0.00 missing" in text
    assert "2: 1 killed, 1 frozen, 0 scaled; 1 in vain" in text
    assert "1,234 x 201, 2 x 409" in text
    assert "3 payments: median 20 ms, 99 of 100 within 50 ms, the longest 60 ms" in text
    found = json.loads(json.dumps(paper.report_json(green(), OPTIONS, PLACE)))
    assert (found["verdict"], found["seed"], found["calm"]["median"]) == ("green", 7, 0.02)
    assert found["everything"][0]["numbers"]["in"] == 123450


RED: dict[str, dict[str, Any]] = {
    "a contradiction": {"own": [Invariant("answers", {}, [f"wrong {number}" for number in range(9)])]},
    "a violation": {"everything": [Invariant("stock", {}, ["wrong 0"])]},
    "nothing bought": {"completed": 0},
    "nobody hit": {"hits": 0},
}


@pytest.mark.parametrize("why", RED)
def test_a_run_is_red_when_something_is_wrong_or_nothing_was_shown(why: str) -> None:
    report = replace(green(), **RED[why])
    text = paper.report_text(report, OPTIONS, PLACE)
    assert text.splitlines()[-1].startswith("RED: ")
    assert text.count("wrong") <= paper.SHOWN
    assert paper.report_json(report, OPTIONS, PLACE)["verdict"] == "red"


def test_the_audit_alone_says_what_does_not_add_up() -> None:
    good, bad = Invariant("stock", {"missing": 0}), Invariant("stock", {"missing": 2}, ["product x: ..."])
    assert paper.audit_text([good], PLACE).splitlines()[-1].startswith("GREEN")
    assert paper.audit_text([bad], PLACE).splitlines()[-1].startswith("RED: 1 ")
    assert [paper.audit_json([each], PLACE)["verdict"] for each in (good, bad)] == ["green", "red"]
