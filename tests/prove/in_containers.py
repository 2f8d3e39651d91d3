"""The shop that `docker compose up` has started from this checkout, under the name and ports that hold there."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from local.catalogue import MONGO_PORT, MONGODB, POSTGRES_PORT, POSTGRESQL, PROGRAMS, SERVICES
from local.errors import LocalError
from tests.compose import CommandFailed, Compose, docker
from tests.faults.programs import Containers
from tests.prove.options import Options
from tests.prove.place import Place

START = "docker compose up -d"
STATUS = "docker compose ps"
PORTS = {each.name: (each.port_variable, 5000) for each in SERVICES}
PORTS |= {MONGODB: (MONGO_PORT, 27017), POSTGRESQL: (POSTGRES_PORT, 5432)}
CREDENTIALS = (
    ("MONGO_ESHOP_PASSWORD", "orderservice", "MONGO_URI"),
    ("POSTGRES_APP_PASSWORD", "walletservice", "POSTGRES_DSN"),
)


def runs(_: Options) -> bool:
    if not shutil.which("docker"):
        return False
    try:
        return bool(docker("compose", "ps", "--quiet", seconds=20).stdout.strip())
    except (CommandFailed, subprocess.TimeoutExpired):
        return False


@contextmanager
def attached(_: Options) -> Iterator[Place]:
    project = json.loads(docker("compose", "config", "--format=json").stdout)["name"]
    shop = Compose(ports={}, project=project)
    try:
        found = {name: shop.inspect(name) for name in PROGRAMS}
        ports, addresses = published(found)
    except (CommandFailed, LookupError) as error:
        raise LocalError(f"the project {project} does not run as a whole: {error}", advice=START) from error
    shop = Compose(ports=ports, project=project, passwords=passwords(found), address=addresses)
    yield Place("compose", f"in containers, project {project}", STATUS, shop, Containers(shop))


def published(found: Mapping[str, Any]) -> tuple[dict[str, int], str]:
    """The ports of this machine, by variable, and at which address."""
    ports, address = {}, ""
    for name, (variable, port) in PORTS.items():
        published = found[name]["NetworkSettings"]["Ports"][f"{port}/tcp"][0]
        ports[variable] = int(published["HostPort"])
        address = published["HostIp"]
    return ports, "127.0.0.1" if address in ("", "0.0.0.0", "::") else address


def passwords(found: Mapping[str, Any]) -> dict[str, str]:
    """As the containers have them: .env may have changed since."""
    passwords = {}
    for name, service, variable in CREDENTIALS:
        environment = dict(each.split("=", 1) for each in found[service]["Config"]["Env"])
        passwords[name] = urlsplit(environment[variable]).password or ""
    return passwords
