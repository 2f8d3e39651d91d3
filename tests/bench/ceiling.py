"""The ceiling: a Flask service that parses a body and answers, no more, run as the shop's services are."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import Flask, Response, jsonify, request

from local.settings import CHECKOUT

START_SECONDS = 20


def create_app() -> Flask:
    app = Flask("ceiling")

    @app.post("/payments")
    def answer() -> tuple[Response, int]:
        wish = json.loads(request.get_data())
        return jsonify(wish), 201

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "healthy"}

    return app


@contextmanager
def ceiling(port: int, internal_port: int) -> Iterator[int]:
    """The service on a port of this machine; gives the port."""
    with serving("tests.bench.ceiling:create_app()", port, internal_port, {}):
        yield port


@contextmanager
def serving(factory: str, port: int, internal_port: int, variables: Mapping[str, str]) -> Iterator[None]:
    """An application under gunicorn as the shop's services are."""
    command = [sys.executable, "-m", "gunicorn", "-c", "chassis/gunicorn.py", factory]
    environment = {
        **os.environ,
        **variables,
        "BIND": "127.0.0.1",
        "PORT": str(port),
        "INTERNAL_PORT": str(internal_port),
    }
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _await_answer(port)
            yield
        finally:
            process.terminate()


def _await_answer(port: int) -> None:
    ends_at = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
            return
        except OSError:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.05)
