"""What a bench has found, as a table for people and as JSON for programs."""

import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.aims import Finding
from tests.bench.load import CREATED
from tests.bench.rounds import Round

MS = 1000
WIDTHS = (54, 10, 10, 10, 22)
Rows = list[dict[str, Any]]


def machine() -> str:
    """The processor, how many of them there are, and the memory."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [each.partition(":")[2].strip() for each in lines if each.startswith("model name")]
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    parts = (f"{os.cpu_count()} x {(*models, platform.machine())[0]}", f"{gib:.0f} GiB", platform.system())
    return ", ".join((*parts, f"Python {platform.python_version()}"))


def rows_of_loads(rounds: Sequence[Round]) -> Rows:
    """Every load: medians over the rounds, and between what its rates (the floor: its times) lie."""
    floors, ceilings = [each.floor * MS for each in rounds], [each.ceiling for each in rounds]
    rows = [
        _row("floor: three durable writes, no service", floors, median_ms=statistics.median(floors)),
        _row("ceiling: Flask alone, 32 clients", ceilings, rate=statistics.median(ceilings)),
    ]
    for key in rounds[0].loads:
        subject, clients, products = key
        seen = [each.loads[key] for each in rounds]
        rates = [each.rate(CREATED) for each in seen]
        p50, p99 = ([each.percentile(CREATED, percent) * MS for each in seen] for percent in (50, 99))
        name = f"{subject}: {clients} clients, {products} product{'s' * (products > 1)}"
        times = {"median_ms": statistics.median(p50), "p99_ms": statistics.median(p99)}
        rows.append(_row(name, rates, rate=statistics.median(rates), **times))
    return rows


def rows_of_findings(findings: Sequence[Finding]) -> Rows:
    """Every ratio that has an aim."""
    return [
        {
            "name": each.name,
            "found": round(each.median, 3),
            "lowest": round(min(each.ratios), 3),
            "highest": round(max(each.ratios), 3),
            "aim": each.aim,
            "verdict": each.aim if each.is_reached else f"{each.aim}, MISSED",
        }
        for each in findings
    ]


def table(report: dict[str, Any]) -> str:
    """The whole report, for a terminal."""
    loads = [("medians", "a second", "median ms", "p99 ms", "from .. to")]
    loads += [_cells(each, "name", "rate", "median_ms", "p99_ms", "spread") for each in report["loads"]]
    ratios = [("ratios within a round", "found", "lowest", "highest", "aim")]
    ratios += [_cells(each, "name", "found", "lowest", "highest", "verdict") for each in report["findings"]]
    notes = [f"{name}: {value}" for name, value in report["notes"].items()]
    return "\n".join([report["machine"], "", *map(_line, loads), "", *map(_line, ratios), "", *notes])


def _cells(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[each] for each in names)


def _row(name: str, spread: Sequence[float], **medians: float) -> dict[str, Any]:
    numbers = {each: round(medians[each], 1) if each in medians else None for each in ("rate", "median_ms", "p99_ms")}
    return {"name": name, **numbers, "spread": f"{min(spread):.1f} .. {max(spread):.1f}"}


def _line(cells: Sequence[object]) -> str:
    name, *numbers = ("" if each is None else str(each) for each in cells)
    return name.ljust(WIDTHS[0]) + "".join(each.rjust(width) for each, width in zip(numbers, WIDTHS[1:], strict=True))
