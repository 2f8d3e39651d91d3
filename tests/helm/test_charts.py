"""The shape of the charts: what stands where, so that a reader finds it, and no half can drift from the other."""

import re
from pathlib import Path

import pytest
import yaml

from local.catalogue import DATABASES, PROGRAMS, SERVICE_NAMES
from tests.architecture.manifests import ROOT, WORKLOADS
from tests.architecture.test_manifests import OLDEST
from tests.helm.charts import LIBRARY
from tests.pods import HALVES, NAMESPACES

HELM = ROOT / "helm"
SUBCHARTS = sorted(each.parent for each in HELM.glob("*/charts/*/Chart.yaml"))
TEMPLATES = sorted(each for each in HELM.rglob("templates/**/*") if each.is_file() and each.suffix != ".tpl")
LIBRARIES = sorted(HELM.glob(f"{LIBRARY}/templates/*.tpl"))
LINE = re.compile(r'\{\{ include "common\.(\w+)" (?:\.|\(list \. .*\)) \}\}\n')


def chart(folder: Path) -> dict[str, object]:
    return dict(yaml.safe_load((folder / "Chart.yaml").read_text()))


def name(path: Path) -> str:
    return path.relative_to(HELM).as_posix()


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_a_template_is_one_line_that_names_one_of_the_library(template: Path) -> None:
    found = LINE.fullmatch(template.read_text())
    assert found
    if template.parents[1] in SUBCHARTS:
        assert found[1] == template.stem
    assert f'{{{{- define "common.{found[1]}" -}}}}' in "".join(each.read_text() for each in LIBRARIES)


def test_every_name_in_the_library_says_whose_it_is_and_is_used() -> None:
    """Names are global in a release."""
    text = "".join(each.read_text() for each in [*LIBRARIES, *TEMPLATES])
    defined = re.findall(r'define "([^"]*)"', text)
    assert len(set(defined)) == len(defined) >= 30
    assert {each for each in defined if not each.startswith("common.")} == set()
    assert set(defined) == set(re.findall(r'include "([^"]*)"', text))


def test_a_subchart_is_in_the_half_whose_program_it_is() -> None:
    assert {each.name: each.parents[1].name for each in SUBCHARTS} == {each: NAMESPACES[each] for each in PROGRAMS}


@pytest.mark.parametrize("subchart", SUBCHARTS, ids=name)
def test_a_subchart_has_the_objects_that_its_plain_manifests_are(subchart: Path) -> None:
    plain = {each.name for each in (ROOT / subchart.name / "k8s").iterdir()}
    assert {each.name for each in (subchart / "templates").iterdir()} == plain


@pytest.mark.parametrize("half", HALVES)
def test_an_umbrella_names_the_library_and_every_subchart(half: str) -> None:
    dependencies = {each["name"]: each for each in chart(HELM / half)["dependencies"]}  # type: ignore[attr-defined]
    mine = [each for each in SUBCHARTS if each.parents[1].name == half]
    assert list(dependencies)[0] == LIBRARY
    assert set(dependencies) == {LIBRARY, *(each.name for each in mine)}
    for each in [HELM / LIBRARY, *mine]:
        assert dependencies[each.name]["version"] == chart(each)["version"]
    for database in DATABASES:
        if database in dependencies:
            assert dependencies[database]["condition"] == f"{database}.enabled"


@pytest.mark.parametrize("folder", [HELM / LIBRARY, *(HELM / half for half in HALVES), *SUBCHARTS], ids=name)
def test_a_chart_is_called_as_its_folder(folder: Path) -> None:
    assert chart(folder)["name"] == folder.name


def test_versions_are_those_of_the_shop() -> None:
    [version] = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    for folder in [*(HELM / half for half in HALVES), *(each for each in SUBCHARTS if each.name in SERVICE_NAMES)]:
        assert chart(folder)["appVersion"] == version
    for half in HALVES:
        assert chart(HELM / half)["kubeVersion"] == f">={OLDEST}.0-0"


@pytest.mark.parametrize("database", DATABASES)
def test_a_database_s_scripts_are_links_and_no_copies(database: str) -> None:
    link = HELM / NAMESPACES[database] / "charts" / database / "scripts"
    assert link.is_symlink()
    assert link.resolve() == ROOT / database


@pytest.mark.parametrize("half", HALVES)
def test_the_visit_is_a_link_and_no_copy(half: str) -> None:
    assert (HELM / half / "visit.py").is_symlink()
    assert (HELM / half / "visit.py").resolve() == HELM / LIBRARY / "visit.py"


def test_the_library_is_one() -> None:
    assert chart(HELM / LIBRARY)["type"] == "library"


def test_every_workload_has_its_chart() -> None:
    assert {each.name for each in SUBCHARTS} == {each.name for each in WORKLOADS if each.namespace in HALVES}
