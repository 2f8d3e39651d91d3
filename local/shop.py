"""The whole shop on this machine: started, stopped, looked at. `./setup.sh local` and the tests call it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

from local import strays
from local.catalogue import DATABASES, MONGODB, POSTGRESQL, SERVICE_NAMES
from local.errors import LocalError
from local.parts import Parts
from local.ports import Ports
from local.postgresql import APPLICATION, OWNER
from local.settings import Settings
from local.start import DATABASE_STOP_SECONDS, start_databases, start_services
from local.supervision import ProgramState

SERVICES_STOP_SECONDS = 25


def _silence(_: str) -> None:
    return


@dataclass(frozen=True)
class Shop:
    settings: Settings
    say: Callable[[str], None] = field(default=_silence)

    @cached_property
    def parts(self) -> Parts:
        return Parts(self.settings)

    def up(self) -> None:
        """Harmless when it runs already, and goes on where an earlier one was cut off."""
        self.parts.layout.prepare()
        with self.parts.layout.locked():
            start_databases(self.parts, self.say)
            start_services(self.parts, SERVICE_NAMES, self.say)

    def start_databases(self) -> None:
        """MongoDB and PostgreSQL with users, roles and schema, and no service."""
        self.parts.layout.prepare()
        with self.parts.layout.locked():
            start_databases(self.parts, self.say)

    def down(self) -> None:
        if self.parts.layout.exists:
            with self.parts.layout.locked():
                self._stop()

    def restart(self, name: str) -> None:
        self.demand_running()
        with self.parts.layout.locked():
            self.parts.supervisor.stop([name], seconds=DATABASE_STOP_SECONDS)
            start_databases(self.parts, self.say)
            if name not in DATABASES:
                start_services(self.parts, [name], self.say)

    def reset(self) -> None:
        if self.parts.layout.exists:
            with self.parts.layout.locked():
                self._stop()
                self.parts.layout.remove()

    def processes(self) -> dict[str, int]:
        """The process ids of what is supervised: a service's is its gunicorn master's."""
        return {name: state.pid for name, state in self.states().items() if state.pid}

    def states(self) -> dict[str, ProgramState]:
        return self.parts.supervisor.states() if self.parts.layout.exists else {}

    def readiness(self) -> dict[str, bool]:
        """Of each process: whether it does its work, which one that runs may not."""
        checks: dict[str, Callable[[], bool]] = {
            MONGODB: self.parts.mongodb.is_ready,
            POSTGRESQL: self.parts.postgresql.is_ready,
            **{name: partial(self.parts.services.is_ready, name) for name in SERVICE_NAMES},
        }
        return {name: state.state == "RUNNING" and checks[name]() for name, state in self.states().items()}

    def demand_running(self) -> None:
        if not self.states():
            raise LocalError("the shop is not running", advice="start it: ./setup.sh local up")

    @property
    def ports(self) -> Ports:
        return self.parts.ports

    @property
    def urls(self) -> dict[str, str]:
        return {name: self.parts.services.url(name) for name in SERVICE_NAMES}

    @property
    def mongo_uri(self) -> str:
        return self.parts.mongodb.uri()

    @property
    def mongo_admin_uri(self) -> str:
        return self.parts.mongodb.admin_uri()

    @property
    def postgres_dsn(self) -> str:
        return self.parts.postgresql.dsn(APPLICATION)

    @property
    def postgres_owner_dsn(self) -> str:
        return self.parts.postgresql.dsn(OWNER)

    def environment(self, name: str) -> dict[str, str]:
        return self.parts.services.environment(name)

    def _stop(self) -> None:
        supervisor = self.parts.supervisor
        if supervisor.is_running:
            supervisor.stop(SERVICE_NAMES, seconds=SERVICES_STOP_SECONDS)
            supervisor.stop(DATABASES, seconds=DATABASE_STOP_SECONDS)
            supervisor.shut_down(seconds=DATABASE_STOP_SECONDS)
        strays.end(self.parts.marks())
