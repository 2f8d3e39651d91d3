"""A request waits for its turn: within its deadline and its measured time, and who watches the service does not."""

import re
import threading
import time
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from chassis import deadlines, service
from chassis.answers import answers
from chassis.fields import Body
from chassis.service import Service
from chassis.turns import Turns
from tests.documented import client_of

LIMIT = 5.0  # seconds; reached only by a test that fails
WAIT = 0.05  # seconds that the request of these tests waits for its turn


class Line:
    """A line in which somebody stands, until a test lets the next go on."""

    def __init__(self) -> None:
        self.turns = Turns()
        self._ready: list[Callable[[], object]] = []
        self.turns.one_at_a_time(self._ready.append)
        self.turns.wait()

    def let_go_on(self) -> None:
        began = time.monotonic()
        while not self.turns._line:
            assert time.monotonic() < began + LIMIT
        threading.Event().wait(WAIT)
        self._ready.pop(0)()


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    line = Line()
    monkeypatch.setattr(service, "turns", line.turns)
    return line


@pytest.fixture
def client(make_service: Callable[..., Service]) -> FlaskClient:
    app = make_service()

    @app.get("/left", responses=answers(200, None))
    def left(query: Body) -> dict[str, float]:
        return {"seconds": deadlines.remaining()}

    return client_of(app)


def test_a_request_waits_within_its_deadline_and_its_measured_time(client: FlaskClient, line: Line) -> None:
    threading.Thread(target=line.let_go_on).start()
    answer = client.get("/left", headers={deadlines.HEADER: "1000"})
    assert answer.json
    assert answer.json["seconds"] <= 1 - WAIT
    (seconds,) = re.findall(r'duration_seconds_sum\{.*route="/left"\} (\S+)', client.get("/metrics").text)
    assert float(seconds) >= WAIT


def test_who_watches_the_service_does_not_wait(client: FlaskClient, line: Line) -> None:
    assert client.get("/health").status_code == 200
