"""A database's folder: the major version that wrote it, and whether its first start was ever finished."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.layout import write_private


@dataclass(frozen=True)
class DataFolder:
    """`unfinished` stands from before the first file until users exist: until then nothing of value is in it."""

    path: Path
    product: str

    @property
    def files(self) -> Path:
        return self.path / "files"

    @property
    def is_ready(self) -> bool:
        return self.files.exists() and not self._unfinished.exists()

    def open(self, major: str) -> None:
        """Call it while no server runs over the folder."""
        self.demand_same(major)
        if self.is_ready:
            return
        # Whatever a first start that was cut short has left is in no known state.
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._unfinished.touch()
        shutil.rmtree(self.files, ignore_errors=True)
        write_private(self._version, major + "\n")
        self.files.mkdir(mode=0o700)

    def finish(self) -> None:
        self._unfinished.unlink(missing_ok=True)

    def demand_same(self, major: str) -> None:
        written = self._version.read_text().strip() if self.is_ready else major
        if written != major:
            raise LocalError(
                f"{self.path} was written by {self.product} {written}; this is {self.product} {major}",
                advice=f"use {self.product} {written} again, or delete the shop's data: ./setup.sh local reset",
            )

    @property
    def _unfinished(self) -> Path:
        return self.path / "unfinished"

    @property
    def _version(self) -> Path:
        return self.path / "VERSION"
