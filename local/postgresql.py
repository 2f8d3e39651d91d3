"""PostgreSQL with a role for the owner and one for the application: its program, its first start, its addresses."""

from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import sql

from local.catalogue import POSTGRESQL
from local.credentials import Credentials
from local.datafolder import DataFolder
from local.errors import LocalError
from local.layout import Layout, write_private
from local.ports import Ports
from local.postgres_account import Account
from local.servers import PostgresServer
from local.strays import Mark
from local.supervisor_config import Program
from local.waiting import holds_within

START_SECONDS = 60
SUPERUSER, OWNER, APPLICATION, DATABASE = "postgres", "wallet_owner", "wallet_app", "walletdb"
PASSWORDS = {
    SUPERUSER: "postgres-superuser-password",
    OWNER: "postgres-owner-password",
    APPLICATION: "postgres-app-password",
}
# The same sort order on every machine. From 17 on PostgreSQL brings the locale itself; a Mac's system has none such.
BUILTIN_LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]


@dataclass(frozen=True)
class PostgreSQL:
    layout: Layout
    ports: Ports
    account: Account

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.layout.postgresql, product="PostgreSQL")

    @property
    def mark(self) -> Mark:
        return Mark(("-D", str(self.folder.files)))

    def dsn(self, role: str, *, database: str = DATABASE) -> str:
        password = Credentials(self.layout.secrets).read(PASSWORDS[role])
        return f"postgresql://{role}:{password}@127.0.0.1:{self.ports.postgresql}/{database}"

    def program(self, server: PostgresServer) -> Program:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.ports.postgresql),
            # No socket file: its name may be too long, and its folder not the account's.
            "unix_socket_directories": "",
            # A statement that fails holds the customer's name and card number: the log gets the error without it.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            # A client killed inside a transaction holds its locks this long.
            "idle_in_transaction_session_timeout": "3s",
        }
        arguments = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        return Program(
            POSTGRESQL,
            [str(server.bin / "postgres"), *self.mark.arguments, *arguments],
            directory=self.folder.path,
            environment={"LC_ALL": "C"},
            stop_signal="INT",  # do not wait for clients
            stop_seconds=30,
            user=self.account.name,
        )

    def prepare(self, server: PostgresServer) -> None:
        """Call it while no server runs over the folder."""
        fresh = not self.folder.is_ready
        self.folder.open(server.major)
        for path in (self.folder.path, self.folder.files):
            self.account.give(path)
        if fresh:
            self._initdb(server)
        self._drop_stale_lock()

    def set_up(self) -> None:
        if not holds_within(START_SECONDS, self.is_ready):
            raise LocalError(
                f"PostgreSQL does not answer within {START_SECONDS} s", advice="./setup.sh local logs postgresql"
            )
        with _Session(self.dsn(SUPERUSER, database="postgres")) as session:
            for role in (OWNER, APPLICATION):
                if not session.has("SELECT FROM pg_roles WHERE rolname = %s", role):
                    password = Credentials(self.layout.secrets).read(PASSWORDS[role])
                    session.do("CREATE ROLE {} LOGIN PASSWORD {}", sql.Identifier(role), sql.Literal(password))
            if not session.has("SELECT FROM pg_database WHERE datname = %s", DATABASE):
                session.do("CREATE DATABASE {} OWNER {}", sql.Identifier(DATABASE), sql.Identifier(OWNER))
        self.folder.finish()

    def is_ready(self) -> bool:
        try:
            psycopg2.connect(self.dsn(SUPERUSER, database="postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _initdb(self, server: PostgresServer) -> None:
        password_file = self.folder.path / "password"
        write_private(password_file, Credentials(self.layout.secrets).read(PASSWORDS[SUPERUSER]))
        self.account.give(password_file)
        options = ["--username=postgres", f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8"]
        locale = BUILTIN_LOCALE if int(server.major) >= 17 else ["--locale=C"]
        command = [str(server.bin / "initdb"), *self.mark.arguments, *options, *locale]
        ran = self.account.run(command, cwd=self.folder.path, seconds=120, environment={"LC_ALL": "C"})
        password_file.unlink()
        if ran.returncode != 0:
            raise LocalError(f"initdb fails: {ran.stderr.strip()[-500:]}", advice="./setup.sh local up tries again")

    def _drop_stale_lock(self) -> None:
        """After a reboot the process id in the lock may be some other program's, and PostgreSQL would not start."""
        lock = self.folder.files / "postmaster.pid"
        if lock.exists() and not _is_postgres(lock, self.mark):
            lock.unlink()


def _is_postgres(lock: Path, mark: Mark) -> bool:
    try:
        return mark.is_on(psutil.Process(int(lock.read_text().split()[0])).cmdline())
    except (psutil.Error, ValueError, IndexError):
        return False


class _Session:
    """Autocommit: a database is not created inside a transaction."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg2.connect(dsn, connect_timeout=5)
        self._connection.autocommit = True

    def __enter__(self) -> "_Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def has(self, query: str, value: str) -> bool:
        with self._connection.cursor() as cursor:
            cursor.execute(query, (value,))
            return cursor.fetchone() is not None

    def do(self, statement: str, *parts: sql.Composable) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*parts))
