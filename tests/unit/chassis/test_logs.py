"""Logs: one JSON object a line, under the request id it belongs to, and never what a client sent."""

import io
import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient

from chassis import logs
from chassis.logs import REQUEST_ID
from chassis.service import Service
from tests.documented import client_of
from tests.unit.chassis.conftest import INTERNAL, TOKEN

Written = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def output(
    client: FlaskClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], str]:
    """What the service of `client` has written to stdout."""
    stream = io.StringIO()
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            monkeypatch.setattr(handler, "stream", stream)  # it keeps the stdout of when it was made

    def written_so_far() -> str:
        stream.write(capsys.readouterr().out)
        return stream.getvalue()

    return written_so_far


@pytest.fixture
def written(output: Callable[[], str]) -> Written:
    return lambda: [json.loads(line) for line in output().splitlines()]


def test_a_request_is_one_line(client: FlaskClient, written: Written) -> None:
    client.get("/shelves/top", headers={REQUEST_ID: "r-1"})
    (line,) = written()
    assert line.pop("duration_ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "service": "toyservice",
        "request_id": "r-1",
        "method": "GET",
        "route": "/shelves/<shelf>",
        "status": 200,
    }


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/metrics"])
def test_what_is_asked_every_few_seconds_is_not_logged(client: FlaskClient, written: Written, path: str) -> None:
    assert client.get(path).status_code == 200
    assert written() == []


def test_a_service_that_is_not_ready_is_logged(
    capsys: pytest.CaptureFixture[str], make_service: Callable[..., Service]
) -> None:
    def fail() -> None:
        raise OSError

    client_of(make_service(ready=fail)).get("/health/ready")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ("request", 503) in [(each["event"], each.get("status")) for each in lines]


def test_a_harmless_request_id_is_kept_and_echoed(client: FlaskClient, written: Written) -> None:
    response = client.get("/shelves/top", headers={REQUEST_ID: "A.b_c-9"})
    assert response.headers[REQUEST_ID] == "A.b_c-9"
    assert written()[0]["request_id"] == "A.b_c-9"


@pytest.mark.parametrize("offered", ["", "a b", 'a","level":"error', "x" * 65, "\u00fc", "<script>"])
def test_a_harmful_request_id_is_replaced(client: FlaskClient, written: Written, offered: str) -> None:
    response = client.get("/shelves/top", headers={REQUEST_ID: offered})
    made = response.headers[REQUEST_ID]
    assert len(made) == 32
    assert written()[0]["request_id"] == made


def test_each_request_without_an_id_gets_one_of_its_own(client: FlaskClient) -> None:
    assert client.get("/shelves/top").headers[REQUEST_ID] != client.get("/shelves/top").headers[REQUEST_ID]


def test_a_problem_carries_the_id_of_its_log_line(client: FlaskClient, written: Written) -> None:
    response = client.get("/nothing")
    assert response.json
    assert response.json["request_id"] == response.headers[REQUEST_ID] == written()[0]["request_id"]


def test_a_command_is_logged_under_its_customers_request_id(client: FlaskClient, written: Written) -> None:
    commands = [{"reference": f"toys:{n}", "request_id": f"r-{n}", "toy_name": "Bear"} for n in (1, 2)]
    headers = {REQUEST_ID: "batch", "Authorization": f"Bearer {TOKEN}"}
    client.post("/internal/toys/wish", base_url=INTERNAL, json={"commands": commands}, headers=headers)
    told = [(each["event"], each["request_id"], each.get("reference"), each.get("outcome")) for each in written()]
    assert told == [
        ("toys.wish", "r-1", "toys:1", "granted"),
        ("toys.wish", "r-2", "toys:2", "granted"),
        ("request", "batch", None, None),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b'{"toy_name": "4111-1111-2222", "price": 8.5}',
        b'{"toy_name": 411111112222, "price": 8.5}',
        b'{"4111-1111-2222": 1}',
        b'{"4111-1111-2222',
    ],
)
def test_nothing_of_a_body_is_logged(client: FlaskClient, output: Callable[[], str], body: bytes) -> None:
    client.post("/toys?card=4111-1111-2222", data=body, content_type="application/json")
    assert '"event":"request"' in output()
    assert not re.search("4111-?1111-?2222", output())  # no part of an id or a time


def test_a_path_is_logged_as_its_route_only(client: FlaskClient, output: Callable[[], str]) -> None:
    client.get("/shelves/4111-1111-2222")
    client.get("/4111-1111-2222")
    assert "unmatched" in output()
    assert not re.search("4111-?1111-?2222", output())  # no part of an id or a time


def test_a_bug_is_logged_with_where_it_was_and_never_with_its_words(client: FlaskClient, written: Written) -> None:
    client.get("/bug", headers={REQUEST_ID: "r-1"})
    bug = written()[0]
    assert (bug["event"], bug["level"], bug["request_id"]) == ("bug", "error", "r-1")
    assert bug["error"] == "ZeroDivisionError"
    assert any("in fail" in line for line in bug["lines"])
    assert "a secret of the inside" not in str(bug)


def test_an_outage_is_a_warning_without_addresses(client: FlaskClient, written: Written) -> None:
    client.get("/down")
    outage = written()[0]
    assert (outage["event"], outage["level"], outage["error"]) == ("store unavailable", "warning", "StoreDown")
    assert "secret" not in json.dumps(outage)


def test_a_librarys_own_events_are_json_too(client: FlaskClient, written: Written) -> None:
    logging.getLogger("gunicorn.error").info("Listening at: %s", "http://0.0.0.0:5000")
    logging.getLogger("werkzeug").warning("odd")
    assert [(each["event"], each["level"]) for each in written()] == [
        ("Listening at: http://0.0.0.0:5000", "info"),
        ("odd", "warning"),
    ]


def test_gunicorns_own_format_does_not_stay(
    capsys: pytest.CaptureFixture[str], make_service: Callable[..., Service]
) -> None:
    gunicorn = logging.getLogger("gunicorn.error")
    gunicorn.propagate = False  # as gunicorn leaves it
    gunicorn.addHandler(logging.StreamHandler())
    make_service()
    gunicorn.info("Booting worker")
    assert json.loads(capsys.readouterr().out)["event"] == "Booting worker"
    assert gunicorn.handlers == []


def test_logs_go_to_stdout_from_their_level_on(
    capsys: pytest.CaptureFixture[str], make_service: Callable[..., Service]
) -> None:
    client_of(make_service(level="INFO")).get("/shelves/top")
    assert json.loads(capsys.readouterr().out)["event"] == "request"
    client_of(make_service(level="ERROR")).get("/shelves/top")
    assert capsys.readouterr().out == ""


def test_outside_a_request_there_is_an_id_too() -> None:
    structlog.contextvars.clear_contextvars()
    assert len(logs.current_request_id()) == 32


class Turns:
    """In the place of gevent's loop: what was asked for happens when the test says so."""

    def __init__(self) -> None:
        self.asked: list[Callable[[], None]] = []

    def later(self, what: Callable[[], None]) -> None:
        self.asked.append(what)

    def end(self) -> None:
        asked, self.asked = self.asked, []
        for each in asked:
            each()


@pytest.fixture
def turns(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Turns:
    """What the service of `client` logs goes out in portions."""
    turns = Turns()
    monkeypatch.setattr(logs, "_output", logs._Output())
    logs.configure("INFO")  # another test may have left it higher
    logs.in_portions(turns.later)
    return turns


def test_what_several_requests_log_in_one_turn_is_written_together(
    client: FlaskClient, capsys: pytest.CaptureFixture[str], turns: Turns
) -> None:
    capsys.readouterr()
    for _ in range(3):
        client.get("/health")
        client.get("/nowhere")
    assert capsys.readouterr().out == ""
    assert len(turns.asked) == 1
    turns.end()
    first = capsys.readouterr().out.splitlines()
    assert [json.loads(each)["status"] for each in first] == [404] * 3
    client.get("/nowhere")
    turns.end()
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_what_is_left_at_the_end_is_written_then(turns: Turns, capsys: pytest.CaptureFixture[str]) -> None:
    with logs.together():
        structlog.get_logger().info("goodbye")
    assert capsys.readouterr().out == ""
    logs._output.close()  # as atexit does
    assert "goodbye" in capsys.readouterr().out
    structlog.get_logger().info("really")
    assert "really" in capsys.readouterr().out
    turns.end()
    assert capsys.readouterr().out == ""
