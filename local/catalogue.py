"""The programs of the shop and the variables that move their ports."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    name: str
    plural: str
    port: int
    internal_port: int

    @property
    def port_variable(self) -> str:
        return f"{self.plural.upper()}_PORT"

    @property
    def internal_port_variable(self) -> str:
        return f"{self.plural.upper()}_INTERNAL_PORT"

    @property
    def url_variable(self) -> str:
        return f"{self.plural.upper()}_URL"


SERVICES = (
    Service("userservice", "users", 5000, 5050),
    Service("productservice", "products", 5001, 5051),
    Service("paymentservice", "payments", 5002, 5052),
    Service("walletservice", "wallets", 5003, 5053),
    Service("orderservice", "orders", 5004, 5054),
)
MONGODB, POSTGRESQL = "mongodb", "postgresql"
DATABASES = (MONGODB, POSTGRESQL)
SERVICE_NAMES = tuple(service.name for service in SERVICES)
PROGRAMS = (*DATABASES, *SERVICE_NAMES)

MONGO_PORT, POSTGRES_PORT = "MONGO_PORT", "POSTGRES_PORT"
DEFAULT_PORTS = {
    **{service.port_variable: service.port for service in SERVICES},
    MONGO_PORT: 2717,
    POSTGRES_PORT: 5432,
    **{service.internal_port_variable: service.internal_port for service in SERVICES},
}
# Readers type these into curl lines, so they never move on their own; the others do when something else is there.
FIXED_PORTS = frozenset(service.port_variable for service in SERVICES)


def service_named(name: str) -> Service:
    return next(service for service in SERVICES if service.name == name)
