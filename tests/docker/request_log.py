"""Which requests the services know of: the ids in the logs of all their containers, those that are gone included."""

import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from local.catalogue import SERVICE_NAMES
from tests.compose import Compose, docker

REQUEST_ID = re.compile(r'"request_id":"([^"]+)"')
ENDS_WITHIN = 30  # seconds after the container has gone
Kept = TypeVar("Kept")


class RequestLog:
    """What the services of a shop log from now on."""

    def __init__(self, compose: Compose) -> None:
        self._compose = compose
        self._since = f"--since={datetime.now(UTC).isoformat()}"
        self._of_the_gone: set[str] = set()

    @contextmanager
    def kept(self, service: str) -> Iterator[None]:
        """Read a container's log to its end while the container is replaced, since it goes with it."""
        command = ["docker", "logs", "--follow", self._since, self._compose.inspect(service)["Id"]]
        with tempfile.TemporaryFile("w+") as written:
            with subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT) as reader:
                try:
                    yield
                    reader.wait(ENDS_WITHIN)
                finally:
                    reader.kill()
            written.seek(0)
            self._of_the_gone.update(REQUEST_ID.findall(written.read()))

    def begun(self, requests: Mapping[str, Kept]) -> dict[str, Kept]:
        """Those of the requests, by id, of which any service has logged something: a payment is, at each step of it."""
        known = set(self._of_the_gone)
        for service in SERVICE_NAMES:
            known.update(REQUEST_ID.findall(docker("logs", self._since, self._compose.container(service)).stdout))
        return {each: requests[each] for each in requests if each in known}
