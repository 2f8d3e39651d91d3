"""What a person wants to know of a running shop: states, addresses, how to connect."""

import shutil
from collections.abc import Mapping

from local.catalogue import POSTGRESQL, PROGRAMS, SERVICES
from local.credentials import Credentials
from local.errors import LocalError
from local.postgresql import APPLICATION, DATABASE, PASSWORDS
from local.servers import find_postgresql
from local.shop import Shop


def states(shop: Shop, readiness: Mapping[str, bool]) -> str:
    found = shop.states()
    words = {name: "ready" if readiness.get(name) else "not ready" for name in PROGRAMS}
    shown = [found[name] for name in PROGRAMS if name in found]
    rows = [f"{each.name:<16}{each.state:<10}{words[each.name]:<11}{each.description}" for each in shown]
    return "\n".join([f"{'process':<16}{'state':<10}readiness", *rows])


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
            "                (mongosh is not included: https://www.mongodb.com/try/download/shell)",
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
