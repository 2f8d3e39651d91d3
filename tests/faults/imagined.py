"""A place without a shop, for tests that need none."""

from tests.faults.programs import Programs
from tests.prove.place import Place


class Nowhere:
    """A shop that is not there."""

    urls: dict[str, str] = {}
    mongo_uri = postgres_dsn = ""


class Nobody(Programs):
    def kill(self, name: str) -> bool:
        return False

    def freeze(self, name: str) -> bool:
        return False

    def thaw(self, name: str) -> None:
        return


PLACE = Place("local", "on the moon", "./setup.sh local status", Nowhere(), Nobody())
