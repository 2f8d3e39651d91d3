"""The shop in containers, under a project's name, ports and passwords of the tests' own."""

import json
import os
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from local.catalogue import FIXED_PORTS, MONGO_PORT, POSTGRES_PORT, SERVICES

CHECKOUT = Path(__file__).resolve().parent.parent
CREDENTIALS = (
    "MONGO_ADMIN_PASSWORD",
    "MONGO_ESHOP_PASSWORD",
    "POSTGRES_OWNER_PASSWORD",
    "POSTGRES_APP_PASSWORD",
    "INTERNAL_TOKEN",
    "REQUEST_HASH_KEY",
)
PORT_VARIABLES = (*sorted(FIXED_PORTS), MONGO_PORT, POSTGRES_PORT)
SECONDS = 300
FREEZING_TRIES = 5


class CommandFailed(AssertionError):
    """A command of docker's or of a cluster's; the message has what it said."""


def docker(
    *arguments: str, environment: Mapping[str, str] = os.environ, seconds: float = SECONDS, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run docker from the checkout's root. Raises CommandFailed, unless `check` is off, when its exit code is not 0."""
    return run(["docker", *arguments], environment=environment, seconds=seconds, check=check)


def run(
    command: Sequence[str], *, environment: Mapping[str, str], seconds: float, check: bool, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command from the checkout's root; `given` is what it reads. Raises CommandFailed as above."""
    ran = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if check and ran.returncode:
        raise CommandFailed(f"{' '.join(command)}: {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran


@dataclass(frozen=True)
class Compose:
    """One project of docker compose. `variables` win over its own."""

    ports: Mapping[str, int]
    project: str = field(default_factory=lambda: f"eshop-test-{secrets.token_hex(4)}")
    variables: Mapping[str, str] = field(default_factory=dict)
    passwords: Mapping[str, str] = field(default_factory=lambda: {name: secrets.token_hex(16) for name in CREDENTIALS})
    address: str = "127.0.0.1"  # at which the ports are published

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """What compose reads; a `.env` in the checkout is somebody's own and left alone."""
        return {
            **os.environ,
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_DISABLE_ENV_FILE": "1",
            "COMPOSE_PROGRESS": "quiet",
            **{name: str(port) for name, port in self.ports.items()},
            **self.passwords,
            **self.variables,
        }

    def run(self, *arguments: str, seconds: float = SECONDS, check: bool = True) -> subprocess.CompletedProcess[str]:
        return docker("compose", *arguments, environment=self.environment, seconds=seconds, check=check)

    def up(self) -> None:
        """Start what does not run; return when every container is healthy."""
        self.run("up", "--detach", "--wait", "--no-build", "--pull=never")

    def down(self) -> None:
        """Stop and remove the containers; the volumes stay."""
        self.run("down", "--remove-orphans")

    def reset(self) -> None:
        """Be rid of all of it, which nobody has to shut down for."""
        self.run("down", "--remove-orphans", "--volumes", "--timeout=0")

    def recreate(self, service: str) -> None:
        """Put a new container in the place of a service's, as for a new image; return when it is healthy."""
        self.run("up", "--detach", "--wait", "--no-deps", "--no-build", "--force-recreate", service)

    def kill(self, service: str) -> bool:
        """End a container without warning; whether it ran."""
        return self._done("kill", service)

    def start(self, service: str) -> None:
        """Start a container again, the very same."""
        docker("start", self.container(service))

    def pause(self, service: str) -> bool:
        """Freeze every process of a container; whether it ran."""
        # On a busy machine with the first version of cgroups, runc may find no moment in which all of them stand.
        return any(self._done("pause", service) for _ in range(FREEZING_TRIES))

    def unpause(self, service: str) -> None:
        """Thaw a container; harmless when it is not frozen."""
        self._done("unpause", service)

    def container(self, service: str) -> str:
        """The name of a service's container."""
        return f"{self.project}-{service}-1"

    def inspect(self, service: str) -> Any:
        return json.loads(docker("inspect", self.container(service)).stdout)[0]

    @property
    def urls(self) -> Mapping[str, str]:
        """The public base URLs by service."""
        return {each.name: f"http://{self.address}:{self.ports[each.port_variable]}" for each in SERVICES}

    @property
    def mongo_uri(self) -> str:
        """The shop's database, as the services' own user, from this machine."""
        password = self.environment["MONGO_ESHOP_PASSWORD"]
        address = f"{self.address}:{self.ports[MONGO_PORT]}"
        return f"mongodb://eshop:{password}@{address}/eshop?directConnection=true&authSource=admin"

    @property
    def postgres_dsn(self) -> str:
        """The wallets' database, as the services' own role, from this machine."""
        password = self.environment["POSTGRES_APP_PASSWORD"]
        return f"postgresql://wallet_app:{password}@{self.address}:{self.ports[POSTGRES_PORT]}/walletdb"

    @property
    def postgres_owner_dsn(self) -> str:
        password = self.environment["POSTGRES_OWNER_PASSWORD"]
        return f"postgresql://wallet_owner:{password}@{self.address}:{self.ports[POSTGRES_PORT]}/walletdb"

    def _done(self, command: str, service: str) -> bool:
        return docker(command, self.container(service), check=False).returncode == 0
