"""The state folder: where it keeps what, who may read it, and one command in it at a time."""

import fcntl
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.waiting import holds_within

# sockaddr_un holds 104 bytes on a Mac, 108 on Linux; supervisord binds a longer name first (".<pid>" added).
LONGEST_SOCKET = 90
LOCK_SECONDS = 180
SHARED_STATE = Path("/var/lib/eshop")


@dataclass(frozen=True)
class Layout:
    state: Path

    @property
    def identity_file(self) -> Path:
        return self.state / "identity"

    @property
    def secrets(self) -> Path:
        return self.state / "secrets"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def run(self) -> Path:
        return self.state / "run"

    @property
    def data(self) -> Path:
        return self.state / "data"

    @property
    def ports_file(self) -> Path:
        return self.state / "ports.json"

    @property
    def supervisor_config(self) -> Path:
        return self.run / "supervisord.conf"

    @property
    def socket(self) -> Path:
        near = self.run / "supervisor.sock"
        return near if len(os.fsencode(near)) <= LONGEST_SOCKET else self._distant_run / "supervisor.sock"

    @property
    def mongodb(self) -> Path:
        return self.data / "mongodb"

    @property
    def postgresql(self) -> Path:
        """Root cannot run PostgreSQL, and nobody else can enter root's folders, so root's PostgreSQL lives apart."""
        return self.apart / "data" if os.geteuid() == 0 else self.data / "postgresql"

    @property
    def apart(self) -> Path:
        return SHARED_STATE / self.identity_file.read_text().strip()

    @property
    def exists(self) -> bool:
        return self.identity_file.exists()

    def prepare(self) -> None:
        if self.state.exists() and not self.exists and any(self.state.iterdir()):
            raise LocalError(
                f"{self.state} holds something that is not the shop's", advice="set ESHOP_STATE to an empty folder"
            )
        for folder in (self.state, self.secrets, self.logs, self.run, self.data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        if not self.exists:
            write_private(self.identity_file, secrets.token_hex(8))
        if self.socket.parent != self.run:
            _make_private(self.socket.parent)

    def remove(self) -> None:
        """Only what the shop has made: ESHOP_STATE may be a folder with other things in it by now."""
        if os.geteuid() == 0 and self.exists:
            shutil.rmtree(self.apart, ignore_errors=True)
        if self.socket.parent != self.run:
            shutil.rmtree(self.socket.parent, ignore_errors=True)
        for folder in (self.data, self.run, self.logs, self.secrets):
            shutil.rmtree(folder, ignore_errors=True)
        # The identity goes last: while it is there, an interrupted removal can be repeated.
        for file in (self.ports_file, self.state / "lock", self.identity_file):
            file.unlink(missing_ok=True)
        if self.state.exists() and not any(self.state.iterdir()):
            self.state.rmdir()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with (self.state / "lock").open("w") as lock:
            if not holds_within(LOCK_SECONDS, lambda: _locks(lock.fileno())):
                raise LocalError(
                    f"another command has been at work on {self.state} for {LOCK_SECONDS} s",
                    advice="let it finish or end it, then type the same command again",
                )
            yield

    @property
    def _distant_run(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.state)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"eshop-{os.geteuid()}-{digest}"


def write_private(file: Path, text: str) -> None:
    """All or nothing, and readable by the user alone from the first byte on."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(file)


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise LocalError(f"{folder} belongs to somebody else", advice="set ESHOP_STATE to a folder with a shorter path")


def _locks(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
