"""Deadlines: how long the caller still waits."""

import threading

import pytest
from flask.testing import FlaskClient

from chassis import deadlines


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("chassis.deadlines.time.monotonic", lambda: now[0])
    return now


def test_without_a_deadline_the_longest_remains() -> None:
    assert deadlines.remaining() == deadlines.LONGEST
    assert deadlines.remaining(1.0) == 1.0


def test_a_deadline_runs_down_and_below_zero(clock: list[float]) -> None:
    with deadlines.deadline(2.0):
        assert deadlines.remaining() == 2.0
        clock[0] += 1.5
        assert deadlines.remaining() == 0.5
        clock[0] += 1.5
        assert deadlines.remaining() == -1.0
    assert deadlines.remaining() == deadlines.LONGEST


def test_what_is_asked_for_bounds_what_remains(clock: list[float]) -> None:
    with deadlines.deadline(2.0):
        assert deadlines.remaining(1.0) == 1.0


def test_an_inner_deadline_can_only_be_shorter(clock: list[float]) -> None:
    with deadlines.deadline(2.0):
        with deadlines.deadline(5.0):
            assert deadlines.remaining() == 2.0
        with deadlines.deadline(1.0):
            assert deadlines.remaining() == 1.0
        assert deadlines.remaining() == 2.0


def test_an_inner_deadline_is_no_longer_when_the_outer_one_has_passed(clock: list[float]) -> None:
    with deadlines.deadline(1.0):
        clock[0] += 3.0
        with deadlines.deadline(5.0):
            assert deadlines.remaining() == -2.0


def test_a_deadline_ends_with_an_exception(clock: list[float]) -> None:
    with pytest.raises(KeyError), deadlines.deadline(1.0):
        raise KeyError
    assert deadlines.remaining() == deadlines.LONGEST


def test_another_thread_has_a_deadline_of_its_own() -> None:
    seen: list[float] = []
    with deadlines.deadline(1.0):
        other = threading.Thread(target=lambda: seen.append(deadlines.remaining()))
        other.start()
        other.join()
    assert seen == [deadlines.LONGEST]


@pytest.mark.parametrize(
    ("header", "seconds"), [("1", 0.001), ("0", 0.0), ("2500", 2.5), ("8000", 8.0), ("999999", 8.0)]
)
def test_a_header_grants_its_milliseconds(header: str, seconds: float) -> None:
    assert deadlines.from_header(header) == seconds


@pytest.mark.parametrize("header", [None, "", "-1", "1.5", "1e3", " 1", "soon", "\u0661", "1" * 5000])
def test_nonsense_and_absence_grant_the_longest(header: str | None) -> None:
    assert deadlines.from_header(header) == deadlines.LONGEST


def test_a_request_is_answered_within_what_its_header_grants(client: FlaskClient) -> None:
    def seconds(header: dict[str, str]) -> float:
        response = client.get("/patience", headers=header)
        assert response.status_code == 200
        assert response.json
        return float(response.json["seconds"])

    assert 1.0 < seconds({deadlines.HEADER: "1500"}) <= 1.5
    assert 7.0 < seconds({}) <= deadlines.LONGEST
    assert seconds({deadlines.HEADER: "0"}) <= 0
