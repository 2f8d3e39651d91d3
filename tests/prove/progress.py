"""How far it is, while it runs: one line that is drawn again on a terminal, and now and then a line elsewhere."""

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.faults.answers import FINAL
from tests.faults.run import CALM, FAULTS, Run

DRAWN_AFTER, SAID_AFTER = 0.25, 5.0  # seconds
UNDER_LOAD = (CALM, FAULTS)
ERASE = "\r\x1b[K"


@contextmanager
def shown(glance: Callable[[], str]) -> Iterator[None]:
    """Say on stderr what `glance` says, as long as it takes."""
    is_terminal = sys.stderr.isatty()
    over = threading.Event()

    def show() -> None:
        while not over.wait(DRAWN_AFTER if is_terminal else SAID_AFTER):
            line = glance()
            if is_terminal:
                line = ERASE + line[: shutil.get_terminal_size().columns - 1]
            print(line, end="" if is_terminal else "\n", file=sys.stderr, flush=True)

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        if is_terminal:
            print(ERASE, end="", file=sys.stderr, flush=True)


def glance_at(run: Run, seconds: float) -> Callable[[], str]:
    """What can be seen of a run that is to last so long."""
    began = time.monotonic()

    def glance() -> str:
        told = dict(run.market.answers.counts)
        final = sum(number for status, number in told.items() if status in FINAL)
        passed = f"{time.monotonic() - began:.0f}{f' of {seconds:.0f}' if run.phase in UNDER_LOAD else ''} s"
        faults = f"; fault {len(run.report.faults)}: {run.report.faults[-1]}" if run.report.faults else ""
        return f"{passed}, {run.phase}: {final:,} answers, {sum(told.values()) - final:,} in doubt{faults}"

    return glance
