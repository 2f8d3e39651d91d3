"""What a person wants to know of a running shop: states, addresses, how to connect."""

import shutil

from local.catalogue import POSTGRESQL, PROGRAMS, SERVICES
from local.credentials import Credentials
from local.errors import LocalError
from local.postgresql import APPLICATION, DATABASE, PASSWORDS
from local.servers import find_postgresql
from local.shop import Shop


def states(shop: Shop) -> str:
    found = shop.states()
    rows = [f"{name:<16}{found[name].state:<10}{found[name].description}" for name in PROGRAMS if name in found]
    return "\n".join([f"{'process':<16}{'state':<10}", *rows])


def addresses(shop: Shop) -> str:
    rows = [f"{service.name:<16}{shop.urls[service.name]}/{service.plural}" for service in SERVICES]
    return "\n".join([*rows, f"{'documentation':<16}{shop.urls['userservice']}/openapi/ (each service has its own)"])


def connections(shop: Shop) -> str:
    """No password is shown: the line reads it from its file when it is typed."""
    files = Credentials(shop.parts.layout.secrets)
    mongo_password = files.file("mongo-eshop-password")
    postgres_password = files.file(PASSWORDS[APPLICATION])
    mongo = f"127.0.0.1:{shop.ports.mongodb}/eshop?directConnection=true&authSource=eshop"
    postgres = f"127.0.0.1:{shop.ports.postgresql}/{DATABASE}"
    return "\n".join(
        [
            f'MongoDB         mongosh "mongodb://eshop:$(cat {mongo_password})@{mongo}"',
            f'PostgreSQL      psql "postgresql://{APPLICATION}:$(cat {postgres_password})@{postgres}"',
            "                or ./setup.sh local psql",
            f"data            {shop.parts.layout.mongodb}, {shop.parts.layout.postgresql}",
            f"logs            {shop.parts.layout.logs}",
        ]
    )


def psql_call(shop: Shop) -> tuple[str, list[str], dict[str, str]]:
    """The program, its arguments, and the password where `ps` does not show it."""
    beside = find_postgresql(shop.settings).bin / "psql"
    program = str(beside) if beside.exists() else shutil.which("psql")
    if program is None:
        raise LocalError(f"no psql beside {POSTGRESQL} and none on PATH", advice="install a PostgreSQL client")
    target = ["-h", "127.0.0.1", "-p", str(shop.ports.postgresql), "-U", APPLICATION, "-d", DATABASE]
    return program, target, {"PGPASSWORD": Credentials(shop.parts.layout.secrets).read(PASSWORDS[APPLICATION])}
