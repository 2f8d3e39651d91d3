"""Passwords, key and token: made at random once, one file each, readable by the user alone."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.layout import write_private

# MongoDB's key file takes 6 to 1024 characters of base64; hexadecimal digits are among them.
MONGO_KEY = "mongo-key"


def _token() -> str:
    return secrets.token_hex(24)


MAKERS: dict[str, Callable[[], str]] = {
    MONGO_KEY: lambda: secrets.token_hex(256),
    "mongo-admin-password": _token,
    "mongo-eshop-password": _token,
    "postgres-superuser-password": _token,
    "postgres-owner-password": _token,
    "postgres-app-password": _token,
    "internal-token": _token,
    "request-hash-key": lambda: secrets.token_hex(32),
}


@dataclass(frozen=True)
class Credentials:
    folder: Path

    def make_missing(self) -> None:
        for name, make in MAKERS.items():
            if not self.file(name).exists():
                write_private(self.file(name), make())

    def file(self, name: str) -> Path:
        return self.folder / name

    def read(self, name: str) -> str:
        return self.file(name).read_text().strip()
