"""What is being done, on stderr: one line that is written over on a terminal, a line each elsewhere."""

import sys
import time

ERASE = "\r\x1b[K"


class Progress:
    def __init__(self) -> None:
        self._began = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    def say(self, what: str) -> None:
        line = f"{time.monotonic() - self._began:4.0f} s  {what}"
        print(f"{ERASE}{line}" if self._is_terminal else line, end="" if self._is_terminal else "\n", file=sys.stderr)
        sys.stderr.flush()

    def end(self) -> None:
        if self._is_terminal:
            print(ERASE, end="", file=sys.stderr, flush=True)
