"""How the shop starts, step by step; each step looks first at what is there already."""

from collections.abc import Callable, Iterable

from local import strays
from local.catalogue import MONGODB, POSTGRESQL, SERVICE_NAMES
from local.credentials import Credentials
from local.errors import LocalError
from local.listeners import listening_ports
from local.parts import Parts
from local.ports import choose_ports, save_ports
from local.postgres_account import make_reachable
from local.servers import MongoServer, PostgresServer, find_mongodb, find_postgresql
from local.supervision import STOPPED_STATES
from local.waiting import holds_within

Say = Callable[[str], None]
READY_SECONDS = 90
TRIES = 4  # of a service that dies at start: supervisord tries again, and what hinders it may pass
DATABASE_STOP_SECONDS = 40
STARTING_SECONDS = 5  # supervisord calls a program running after one


def start_databases(parts: Parts, say: Say) -> None:
    mongo_server, postgres_server = _find_servers(parts)
    if not parts.supervisor.is_running:
        strays.end(parts.marks())
    _choose_ports(parts)
    Credentials(parts.layout.secrets).make_missing()
    mongodb, postgresql = parts.mongodb, parts.postgresql
    postgres_server = make_reachable(postgres_server, postgresql.account, parts.layout)
    services = [parts.services.program(name) for name in SERVICE_NAMES]
    parts.supervisor.start_daemon([mongodb.program(mongo_server), postgresql.program(postgres_server), *services])

    _start_database(parts, MONGODB, lambda: mongodb.folder.open(mongo_server.major), say)
    _start_database(parts, POSTGRESQL, lambda: postgresql.prepare(postgres_server), say)
    mongodb.set_up()
    say(f"MongoDB {mongo_server.major} is ready on port {mongodb.ports.mongodb}")
    postgresql.set_up()
    say(f"PostgreSQL {postgres_server.major} is ready on port {postgresql.ports.postgresql}")
    parts.services.apply_schema()


def start_services(parts: Parts, names: Iterable[str], say: Say) -> None:
    waiting = list(names)
    for name in waiting:
        parts.supervisor.start(name)
    say(f"waiting for {', '.join(waiting)}")
    tries: dict[str, set[int]] = {name: set() for name in waiting}

    def is_decided() -> bool:
        _strike_off_ready(parts, waiting, say)
        return not waiting or _dies_again_and_again(parts, waiting, tries)

    holds_within(READY_SECONDS, is_decided)
    if waiting:
        raise LocalError(
            f"not ready: {', '.join(waiting)}; the last lines of {waiting[0]}:\n{_last_lines(parts, waiting[0])}",
            advice=f"./setup.sh local logs {waiting[0]}",
        )


def _find_servers(parts: Parts) -> tuple[MongoServer, PostgresServer]:
    mongo_server, postgres_server = find_mongodb(parts.settings), find_postgresql(parts.settings)
    parts.mongodb.folder.demand_same(mongo_server.major)
    parts.postgresql.folder.demand_same(postgres_server.major)
    return mongo_server, postgres_server


def _choose_ports(parts: Parts) -> None:
    # Also those of a worker whose gunicorn was killed a moment ago: it listens a little longer.
    own = listening_ports(strays.find(parts.marks()))
    ports = choose_ports(explicit=parts.settings.ports, remembered=parts.ports.numbers, own=own)
    save_ports(parts.layout.ports_file, ports)


def _start_database(parts: Parts, name: str, prepare: Callable[[], None], say: Say) -> None:
    # In its first second a program that will stay looks like one that will not.
    holds_within(STARTING_SECONDS, lambda: parts.supervisor.states()[name].state != "STARTING")
    if parts.supervisor.states()[name].state == "RUNNING":
        return
    parts.supervisor.stop([name], seconds=DATABASE_STOP_SECONDS)  # it may be between two vain tries
    say(f"starting {name}")
    prepare()
    parts.supervisor.start(name)


def _strike_off_ready(parts: Parts, waiting: list[str], say: Say) -> None:
    # Not in its first second, in which one that will stay looks like one that will not.
    states = parts.supervisor.states()
    for name in [name for name in waiting if states[name].state == "RUNNING" and parts.services.is_ready(name)]:
        waiting.remove(name)
        say(f"{name} is ready: {parts.services.url(name)}")


def _dies_again_and_again(parts: Parts, names: Iterable[str], tries: dict[str, set[int]]) -> bool:
    states = parts.supervisor.states()
    for name in names:
        tries[name].add(states[name].pid)
    return any(len(tries[name] - {0}) >= TRIES or states[name].state in STOPPED_STATES for name in names)


def _last_lines(parts: Parts, name: str) -> str:
    log = parts.layout.logs / f"{name}.log"
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
