"""The five services: what each finds in its environment, how it is started, when it is ready."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from local.catalogue import SERVICES
from local.errors import LocalError
from local.mongodb import MongoDB
from local.postgresql import APPLICATION, OWNER, PostgreSQL
from local.settings import Settings
from local.strays import Mark
from local.supervisor_config import Program

SCHEMA_SECONDS = 60
STOP_SECONDS = 15  # longer than gunicorn's own graceful time-out


@dataclass(frozen=True)
class Services:
    settings: Settings
    mongodb: MongoDB
    postgresql: PostgreSQL

    def environment(self, name: str) -> dict[str, str]:
        ports, credentials = self.mongodb.ports, self.mongodb.credentials
        stores = {
            "MONGO_URI": (self.mongodb.uri, ("userservice", "productservice", "orderservice")),
            "POSTGRES_DSN": (lambda: self.postgresql.dsn(APPLICATION), ("walletservice",)),
            "REQUEST_HASH_KEY": (
                lambda: credentials.read("request-hash-key"),
                ("productservice", "walletservice", "paymentservice"),
            ),
        }
        return {
            "BIND": "127.0.0.1",
            "PORT": str(ports.public(name)),
            "INTERNAL_PORT": str(ports.internal(name)),
            "INTERNAL_TOKEN": credentials.read("internal-token"),
            "LOG_LEVEL": self.settings.log_level,
            **{variable: read() for variable, (read, names) in stores.items() if name in names},
            **(self._neighbours() if name == "paymentservice" else {}),
            **self.settings.service_environment,
        }

    def schema_environment(self) -> dict[str, str]:
        return {"POSTGRES_OWNER_DSN": self.postgresql.dsn(OWNER), "POSTGRES_APP_ROLE": APPLICATION}

    def url(self, name: str) -> str:
        return f"http://localhost:{self.mongodb.ports.public(name)}"

    def mark(self, name: str) -> Mark:
        return Mark(("--name", f"{self.settings.state}:{name}"))

    def program(self, name: str) -> Program:
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "chassis/gunicorn.py"]
        return Program(
            name,
            [*gunicorn, *self.mark(name).arguments, f"{name}.app:create_app()"],
            directory=self.settings.checkout,
            environment={**self.environment(name), "PYTHONUNBUFFERED": "1"},
            stop_seconds=STOP_SECONDS,
        )

    def apply_schema(self) -> None:
        command = [sys.executable, "-m", "walletservice.schema"]
        ran = subprocess.run(
            command,
            cwd=self.settings.checkout,
            env={**os.environ, **self.schema_environment()},
            capture_output=True,
            text=True,
            timeout=SCHEMA_SECONDS,
            check=False,
        )
        if ran.returncode != 0:
            raise LocalError(
                f"walletservice's schema cannot be applied: {(ran.stdout + ran.stderr).strip()[-800:]}",
                advice="./setup.sh local logs postgresql",
            )

    def is_ready(self, name: str) -> bool:
        return _answers_ok(f"http://127.0.0.1:{self.mongodb.ports.public(name)}/health/ready")

    def _neighbours(self) -> Mapping[str, str]:
        ports = self.mongodb.ports
        return {
            service.url_variable: f"http://127.0.0.1:{ports.internal(service.name)}"
            for service in SERVICES
            if service.name != "paymentservice"
        }


def _answers_ok(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the user's shell names
    try:
        with direct.open(url, timeout=3) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False
