"""JSON logs: an event with fields a line, each carrying the request id it belongs to."""

import atexit
import logging
import logging.config
import random
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

from chassis import fast_json

REQUEST_ID = "X-Request-ID"
_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_waiting: ContextVar[list[str] | None] = ContextVar("lines", default=None)
_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def configure(level: str = "INFO") -> None:
    """Send structlog's and the standard library's events to stdout as JSON lines."""
    logging.config.dictConfig(stdlib_config(level))
    structlog.configure(
        processors=[*_PROCESSORS, _as_json()],
        # Not by the standard library's logging, which takes more than twice as long: a payment is some ten lines.
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=False,
    )


def stdlib_config(level: str = "INFO") -> dict[str, Any]:
    """A dictConfig under which libraries' own events come out as JSON, too (gunicorn is given it as well)."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": _formatter}},
        "filters": {"nothing sent": {"()": _NothingSent}},
        "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": sys.stdout}},
        "root": {"level": level, "handlers": ["stdout"]},
        "loggers": {
            "urllib3": {"level": "ERROR"},
            "pymongo": {"level": "WARNING"},
            # Without a handler of its own: else gunicorn's own format stays on it.
            "gunicorn.error": {"handlers": [], "propagate": True, "filters": ["nothing sent"]},
        },
    }


def keep_loggers() -> None:
    """Bind each module's logger once, at its next line, and not for every line; `configure` is for earlier."""
    structlog.configure(**{**structlog.get_config(), "cache_logger_on_first_use": True})


def in_portions(later: Callable[[Callable[[], None]], object]) -> None:
    """Write from now on together what several requests have logged by the time that `later` calls what it is given.

    Each system call wakes whoever reads the log, which takes longer than to make a line. An answer may so leave before
    its lines, which a process that is killed takes along.
    """
    _output.later = later
    atexit.register(_output.close)


@contextmanager
def together() -> Iterator[None]:
    """Write what is logged inside in one piece, at its end: the longest list is 64 lines."""
    lines: list[str] = []
    token = _waiting.set(lines)
    try:
        yield
    finally:
        _waiting.reset(token)
        if lines:
            _output.write("".join(lines))


def accepted_request_id(offered: str | None) -> str:
    """The caller's request id where it is harmless to log, else a new one."""
    return offered if offered and _ACCEPTED_ID.fullmatch(offered) else _new_request_id()


def begin_request(service: str, offered: str | None) -> str:
    """Log from here on under the caller's request id, or a new one; which that is."""
    request_id = accepted_request_id(offered)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service, request_id=request_id)
    return request_id


def current_request_id() -> str:
    """The id of the request at hand; outside a request a new one."""
    return str(structlog.contextvars.get_contextvars().get("request_id") or _new_request_id())


def _new_request_id() -> str:
    return f"{random.getrandbits(128):032x}"  # nobody's secret: no reason to ask the system for it each time


def where(error: BaseException) -> dict[str, object]:
    """The fields of an unexpected error: its type and the lines it passed, never its words.

    A driver's message may quote a document, and with it a card number.
    """
    return {"error": type(error).__name__, "lines": traceback.format_tb(error.__traceback__)}


class _Lines:
    """Where structlog leaves its finished lines."""

    def __init__(self, *_: object) -> None:
        """structlog names the logger, which nobody asks for."""

    def msg(self, line: str) -> None:
        lines = _waiting.get()
        if lines is None:
            _output.write(f"{line}\n")
        else:
            lines.append(f"{line}\n")

    log = debug = info = warning = error = msg


class _Output:
    """stdout: written to at once, or, once somebody tells what `later` is, in portions."""

    def __init__(self) -> None:
        self.later: Callable[[Callable[[], None]], object] | None = None
        self._portion: list[str] = []

    def write(self, text: str) -> None:
        self._portion.append(text)
        if self.later is None:
            self.flush()
        elif len(self._portion) == 1:
            self.later(self.flush)

    def flush(self) -> None:
        portion, self._portion = self._portion, []
        if portion:
            sys.stdout.write("".join(portion))
            sys.stdout.flush()

    def close(self) -> None:
        """Write what is left, and whatever else is logged at once: there is no later."""
        self.later = None
        self.flush()


_output = _Output()


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_PROCESSORS,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _as_json(),
        ],
    )


def _as_json() -> structlog.processors.JSONRenderer:
    return structlog.processors.JSONRenderer(serializer=fast_json.dumps)


class _NothingSent(logging.Filter):
    """Keeps gunicorn from quoting what it could not read: that may be the rest of a body, card number and all."""

    def filter(self, record: logging.LogRecord) -> bool:
        for beginning in ("Invalid request", "Error handling request"):
            if record.getMessage().startswith(beginning):
                error = type(record.exc_info[1]).__name__ if record.exc_info else "unreadable"
                record.msg, record.args, record.exc_info = f"{beginning}: {error}", (), None
        return True
