"""What every way to run the shop has in common, for tests that do not care which it is."""

from collections.abc import Mapping
from typing import Protocol


class RunningShop(Protocol):
    """A shop with its two databases, all in reach of this machine."""

    @property
    def urls(self) -> Mapping[str, str]:
        """The public base URLs by service."""

    @property
    def mongo_uri(self) -> str:
        """The shop's database, as the services' own user."""

    @property
    def postgres_dsn(self) -> str:
        """The wallets' database, as the services' own role."""
