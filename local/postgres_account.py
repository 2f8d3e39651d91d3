"""Who runs PostgreSQL, and from where: the user, or where that is root, an account without rights."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from local.errors import LocalError
from local.layout import Layout
from local.servers import PostgresServer

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """No entry: the user that we are."""

    entry: pwd.struct_passwd | None

    @property
    def name(self) -> str:
        return self.entry.pw_name if self.entry else ""

    def give(self, path: Path) -> None:
        if self.entry:
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid)

    def run(
        self, command: Sequence[str | Path], *, cwd: Path, seconds: float, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            timeout=seconds,
            capture_output=True,
            text=True,
            check=False,
            user=self.entry.pw_uid if self.entry else None,
            group=self.entry.pw_gid if self.entry else None,
            extra_groups=[] if self.entry else None,
        )


def account_for_postgres() -> Account:
    if os.geteuid() != 0:
        return Account(None)
    for name in CANDIDATES:
        try:
            return Account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise LocalError(
        f"PostgreSQL refuses to run as root, and there is no account named {' or '.join(CANDIDATES)}",
        advice="create one (useradd --system postgres), or run ./setup.sh as another user",
    )


def make_reachable(server: PostgresServer, account: Account, layout: Layout) -> PostgresServer:
    """A folder under a closed parent, such as /root, cannot be read by the account: it gets a copy of the programs."""
    if account.entry is None:
        return server
    _make_folder(layout.apart, account)
    if _runs(server, account, cwd=layout.apart):
        return server
    copy = _copied(server, layout.apart / f"server-{server.major}")
    if not _runs(copy, account, cwd=layout.apart):
        raise LocalError(
            f"the account {account.name} cannot run the programs in {server.bin}, nor a copy of them",
            advice="set POSTGRES_BIN to a PostgreSQL that everybody can read, or run ./setup.sh as another user",
        )
    return copy


def _make_folder(folder: Path, account: Account) -> None:
    folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    account.give(folder)


def _runs(server: PostgresServer, account: Account, *, cwd: Path) -> bool:
    try:
        return account.run([server.bin / "postgres", "--version"], cwd=cwd, seconds=60).returncode == 0
    except PermissionError:
        return False


def _copied(server: PostgresServer, target: Path) -> PostgresServer:
    package = server.root
    if not target.exists():
        draft = target.with_name(f"{target.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        # A wheel's programs look for their libraries in a folder beside the package.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, draft / folder.name, symlinks=True)
        _open_to_all(draft)
        draft.rename(target)
    return replace(server, bin=target / server.bin.relative_to(package.parent))


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
            if path.stat().st_mode & 0o100:
                path.chmod(path.stat().st_mode | 0o111)
