"""The charts, rendered by a Helm that sees no cluster: every object, as the tests of the plain manifests know them."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.architecture.manifests import ROOT, Manifest, documents
from tests.pods import HALVES

LIBRARY = "common"
SCRIPTS = ("mongodb", "postgresql")  # to which charts have links
OWNED = {"app.kubernetes.io/managed-by", "helm.sh/chart"}  # the labels that are Helm's own
SECONDS = 60
Values = Mapping[str, Any]


class Refused(Exception):
    """Helm does not render it; the message is what it says."""


@dataclass(frozen=True)
class Charts:
    """A copy of the charts, to be rendered, and to be spoilt, by one Helm."""

    program: str
    folder: Path
    _seen: dict[str, list[Manifest]] = field(default_factory=dict)

    @classmethod
    def copy(cls, program: str, folder: Path) -> "Charts":
        """The charts of this checkout, with what they depend on."""
        of_another_run = shutil.ignore_patterns("*.tgz", "Chart.lock")
        shutil.copytree(ROOT / "helm", folder / "helm", symlinks=True, ignore=of_another_run)
        for each in SCRIPTS:
            shutil.copytree(ROOT / each, folder / each)
        charts = cls(program, folder)
        charts.gather()
        return charts

    def gather(self) -> None:
        """Put the library into the umbrellas, again after it was changed."""
        for half in HALVES:
            self.run("dependency", "update", str(self.folder / "helm" / half), "--skip-refresh")

    def objects(self, half: str, values: Values | None = None) -> list[Manifest]:
        """As `render`, but what was rendered before is not rendered again."""
        key = f"{half} {json.dumps(values)}"
        if key not in self._seen:
            self._seen[key] = self.render(half, values)
        return self._seen[key]

    def render(self, half: str, values: Values | None = None) -> list[Manifest]:
        """All objects of a release, hooks included. Raises Refused."""
        text = self.run("template", half, str(self.folder / "helm" / half), f"--namespace={half}", values=values)
        return [Manifest(Path(half), body) for body in documents(text) if body]

    def lint(self, half: str, values: Values | None = None) -> None:
        """Raises Refused."""
        self.run("lint", "--strict", str(self.folder / "helm" / half), values=values)

    def run(self, *arguments: str, values: Values | None = None) -> str:
        own = {f"HELM_{each}_HOME": str(self.folder / each) for each in ("CACHE", "CONFIG", "DATA")}
        ran = subprocess.run(
            [self.program, *arguments, *(["--values=-"] if values else [])],
            input=json.dumps(values) if values else "",
            env={**os.environ, **own, "KUBECONFIG": os.devnull},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if ran.returncode:
            raise Refused(f"{ran.stdout}\n{ran.stderr}")
        return ran.stdout


def is_hook(manifest: Manifest) -> bool:
    return "helm.sh/hook" in manifest.body["metadata"].get("annotations", {})
