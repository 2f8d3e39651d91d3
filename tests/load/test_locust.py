"""Locust as README has it: its customers do all that they can do, and nothing that they are told is an error."""

import json
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from local.catalogue import SERVICES
from tests.blackbox.shop import KEY
from tests.readme.checkout import environment
from tests.readme.page import ROOT
from tests.readme.tables import README
from tests.web import new_session

[COMMAND] = re.findall(r"`\.venv/bin/(locust [^`]*) -t 30s`", README)
HESITATION = (503, 202, 201)  # what one is told who asks three times

Heard = dict[str, list[bytes]]


def run(addresses: Mapping[str, str], folder: Path, *, seconds: int) -> dict[str, Any]:
    """What Locust counted, by what was asked for: it must say itself that all went well."""
    program, *options = shlex.split(COMMAND)
    told = ["-t", f"{seconds}s", "--json-file", str(folder / "numbers")]
    urls = {each.url_variable: addresses[each.plural] for each in SERVICES}
    ran = subprocess.run(
        [Path(sys.executable).with_name(program), *options, *told],
        cwd=ROOT,
        env={**environment(), **urls},
        capture_output=True,
        text=True,
        timeout=seconds + 50,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return {each["name"]: each for each in json.loads((folder / "numbers.json").read_text())}


@pytest.fixture
def hesitant() -> Iterator[tuple[str, Heard]]:
    """A paymentservice that sells at the third time of asking; its address, and what it heard under each key."""
    heard: Heard = defaultdict(list)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = heard[self.headers[KEY]]
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(HESITATION[len(told) - 1])
            self.send_header("Retry-After", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()


def test_its_customers_do_everything_and_meet_no_error(addresses: Mapping[str, str], tmp_path: Path) -> None:
    counted = run(addresses, tmp_path, seconds=10)
    assert {name: each["num_failures"] for name, each in counted.items() if each["num_failures"]} == {}
    asked = {name: each["num_requests"] for name, each in counted.items()}
    assert asked.keys() == {"/users", "/products", "/orders/user/[id]", "/wallets/add", "/payments"}
    assert f"-u {asked['/users']} " in COMMAND
    assert asked["/wallets/add"] > asked["/users"], "each has a wallet from the start, and nobody topped one up"

    with new_session() as session:
        bought = session.get(f"{addresses['payments']}/payments", timeout=20).json()
    assert [each for each in bought if each["product_name"].startswith("Locust ")]


def test_what_is_undecided_is_asked_for_again_under_its_key(
    addresses: Mapping[str, str], hesitant: tuple[str, Heard], tmp_path: Path
) -> None:
    address, heard = hesitant
    counted = run({**addresses, "payments": address}, tmp_path, seconds=4)
    assert counted["/payments"]["num_failures"] == 0
    bought = [wishes for wishes in heard.values() if len(wishes) == len(HESITATION)]
    assert len(bought) > len(heard) / 2, "the others were under way when it ended"
    assert [wishes for wishes in heard.values() if len(set(wishes)) > 1] == []
