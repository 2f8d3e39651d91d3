"""`./setup.sh bench` as a user types it. How fast this machine is is nobody's fault: its aims do not count here."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.compose import CHECKOUT


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["./setup.sh", "bench", *arguments]
    return subprocess.run(
        command, cwd=CHECKOUT, env=os.environ, capture_output=True, text=True, timeout=280, check=False
    )


@pytest.mark.timeout(300)
def test_a_bench_tells_how_it_gets_on_prints_a_table_writes_all_and_reads_the_books(tmp_path: Path) -> None:
    ran = bench("--rounds=1", "--seconds=0.5", "--skeleton", f"--json={tmp_path / 'all.json'}")
    report = json.loads((tmp_path / "all.json").read_text())
    assert report["notes"]["the books"] == "balance"
    assert len(report["loads"]) == 7 + 5
    assert report["notes"]["skeleton"].pop("loads with other answers than 201") == 0
    assert all(len(each) == 1 and each[0] > 0 for each in report["notes"]["skeleton"].values())
    assert all(each["name"] in ran.stdout for each in (*report["loads"], *report["findings"]))
    assert "round 1 of 1: empty shop, clients: 128, products: 1" in ran.stderr
    assert ran.returncode == (0 if report["is_good"] else 1)


@pytest.mark.parametrize(
    "arguments", [["--rounds=0"], ["--seconds=0"], ["--seconds=x"], ["--soak=-1"], ["--unknown"], ["more"]]
)
def test_what_it_does_not_know_is_refused(arguments: list[str]) -> None:
    ran = bench(*arguments)
    assert ran.returncode == 2
    assert "./setup.sh bench" in ran.stderr
