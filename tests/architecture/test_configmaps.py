"""The databases' scripts as Kubernetes gets them: `python -m tests.architecture.test_configmaps` writes them anew."""

from pathlib import Path
from textwrap import indent

import pytest

from local.catalogue import DATABASES
from tests.pods import NAMESPACES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("database", DATABASES)
def test_the_configmap_holds_the_scripts_as_they_are(database: str) -> None:
    path = ROOT / database / "k8s" / "configmap.yaml"
    advice = "the scripts have changed: python -m tests.architecture.test_configmaps writes it anew"
    assert path.read_text() == configmap(database), advice


def configmap(database: str) -> str:
    scripts = sorted(path for path in (ROOT / database).iterdir() if path.is_file())
    data = "".join(f"  {path.name}: |\n{indent(path.read_text(), '    ')}" for path in scripts)
    return HEAD.format(database=database, namespace=NAMESPACES[database]) + data


HEAD = """\
# The scripts beside this folder, word for word.
apiVersion: v1
kind: ConfigMap
metadata:
  name: {database}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {database}
    app.kubernetes.io/part-of: {namespace}
    app.kubernetes.io/component: database
data:
"""

if __name__ == "__main__":
    for each in DATABASES:
        (ROOT / each / "k8s" / "configmap.yaml").write_text(configmap(each))
