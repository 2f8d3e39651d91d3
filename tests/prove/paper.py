"""The report as a person reads it, and as a program does."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from tests.faults.audit import Invariant
from tests.faults.latencies import Latencies
from tests.faults.report import Report
from tests.prove.options import Options
from tests.prove.place import Place

SHOWN = 5  # of what does not hold, for a person
MONEY = {
    "money": ("in", "left", "charged", "deducted", "missing"),
    "payments": ("cents",),
    "wallets": ("in", "left", "ordered", "taken", "missing"),
}
WORDS = {"under_way": "under way", "cents": "for", "in": "in", "taken": "taken out"}


def verdict(report: Report) -> list[str]:
    """Why it is red; nothing when it is green."""
    reasons = [f"{each.name}: {len(each.complaints):,} found" for each in _all(report) if each.complaints]
    if not report.completed:
        reasons.append("no payment was completed, so nothing is shown")
    if not report.hits:
        reasons.append("no fault hit anybody, so nothing is shown")
    return reasons


def report_text(report: Report, options: Options, place: Place) -> str:
    reasons = verdict(report)
    quiet = "" if options.unsafe else f", quiet {report.seconds_to_quiet:.1f} s after those in doubt had asked again"
    head = [
        ("seed", f"{report.seed}; {options.seconds:g} s, {options.customers} customers"),
        *(("note", each) for each in place.notes),
        ("faults", _deeds(report)),
        ("answers", _answers(report)),
        ("payments", f"{report.payments:,} keys, {report.completed:,} completed"),
        ("calm", _latencies(report.calm)),
        ("with faults", _latencies(report.under_faults)),
        ("healed", f"{report.seconds_to_heal:.1f} s after the last fault{quiet}"),
    ]
    body = [
        "Everything that is stored:",
        *_lines(report.everything),
        "Of this run:",
        *_lines(report.own),
        f"It stays in the shop; its users and products are called {report.prefix} ...",
        "RED: " + "; ".join(reasons) if reasons else "GREEN: nothing was lost, and nobody was told two things",
    ]
    title = f"The shop {place.where}{', with a naive checkout' if options.unsafe else ''}"
    return "\n".join([title, *(f"{name:<12}{text}" for name, text in head), *body])


def audit_text(found: Iterable[Invariant], place: Place) -> str:
    bad = sum(len(each.complaints) for each in found)
    last = f"RED: {bad:,} that do not add up" if bad else "GREEN: it all adds up"
    return "\n".join([f"Everything that is stored in the shop {place.where}:", *_lines(found), last])


def report_json(report: Report, options: Options, place: Place) -> dict[str, Any]:
    reasons = verdict(report)
    return {
        "on": place.on,
        "where": place.where,
        "unsafe": options.unsafe,
        "seconds": options.seconds,
        "customers": options.customers,
        "notes": list(place.notes),
        "amounts": "cents",
        **asdict(report),
        "answers": {str(status): number for status, number in sorted(report.answers.items(), key=str)},
        "reasons": reasons,
        "verdict": "red" if reasons else "green",
    }


def audit_json(found: Iterable[Invariant], place: Place) -> dict[str, Any]:
    bad = any(each.complaints for each in found)
    return {
        "on": place.on,
        "where": place.where,
        "amounts": "cents",
        "everything": [asdict(each) for each in found],
        "verdict": "red" if bad else "green",
    }


def _all(report: Report) -> list[Invariant]:
    return [*report.everything, *report.own]


def _lines(found: Iterable[Invariant]) -> Iterator[str]:
    for each in found:
        yield f"  {'NO' if each.complaints else 'yes':<4}{each.name:<10}{_numbers(each)}"
        yield from (f"      {complaint}" for complaint in each.complaints[:SHOWN])
        if len(each.complaints) > SHOWN:
            yield f"      and {len(each.complaints) - SHOWN:,} more"


def _numbers(found: Invariant) -> str:
    return ", ".join(_number(found.name, name, number) for name, number in found.numbers.items())


def _number(invariant: str, name: str, number: int) -> str:
    shown = f"{number / 100:,.2f}" if name in MONEY.get(invariant, ()) else f"{number:,}"
    return f"{shown} {WORDS.get(name, name)}"


def _quiet(report: Report) -> str:
    return f", and quiet {report.seconds_to_quiet:.1f} s after those in doubt had asked again"


def _deeds(report: Report) -> str:
    vain = len(report.faults) - report.hits
    kinds = {"killed": " killed", "frozen": " frozen", "scaled": " scaled"}
    numbers = [f"{sum(word in each for each in report.faults)} {kind}" for kind, word in kinds.items()]
    return f"{len(report.faults)}: {', '.join(numbers)}; {vain} in vain"


def _answers(report: Report) -> str:
    told = sorted(report.answers.items(), key=lambda each: -each[1])
    return ", ".join(f"{number:,} x {status}" for status, number in told)


def _latencies(found: Latencies) -> str:
    times = [f"{each * 1000:,.0f} ms" for each in (found.median, found.p99, found.longest)]
    return f"{found.payments:,} payments: median {times[0]}, 99 of 100 within {times[1]}, the longest {times[2]}"
