"""What a shop consists of on this machine; nothing here starts or stops anything."""

from dataclasses import dataclass
from functools import cached_property

from local.catalogue import SERVICE_NAMES
from local.layout import Layout
from local.mongodb import MongoDB
from local.ports import Ports, load_ports
from local.postgres_account import account_for_postgres
from local.postgresql import PostgreSQL
from local.services import Services
from local.settings import Settings
from local.strays import Mark
from local.supervision import Supervisor


@dataclass(frozen=True)
class Parts:
    settings: Settings

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.settings.state)

    @cached_property
    def supervisor(self) -> Supervisor:
        return Supervisor(self.layout)

    @property
    def ports(self) -> Ports:
        """Those of the last start: each start chooses anew."""
        return Ports(load_ports(self.layout.ports_file))

    @property
    def mongodb(self) -> MongoDB:
        return MongoDB(self.layout, self.ports)

    @property
    def postgresql(self) -> PostgreSQL:
        return PostgreSQL(self.layout, self.ports, account_for_postgres())

    @property
    def services(self) -> Services:
        return Services(self.settings, self.mongodb, self.postgresql)

    def marks(self) -> list[Mark]:
        """How every process of this shop is known, whoever started it."""
        daemon = Mark(("-c", str(self.layout.supervisor_config)))
        return [daemon, self.mongodb.mark, self.postgresql.mark, *map(self.services.mark, SERVICE_NAMES)]
