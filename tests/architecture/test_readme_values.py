"""README's table of the releases' values, held to values.yaml: every value, in its release, with its default."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from local.catalogue import SERVICE_NAMES
from tests.architecture.manifests import ROOT
from tests.pods import HALVES, NAMESPACES
from tests.readme.tables import chapter, table

SERVICE = "<service>"


def told(half: str) -> Iterator[tuple[str, Any]]:
    """Each value that the table names for a release, and its default."""
    for name, release, default, _ in table(chapter("The values of the releases")):
        if release in (half, "both"):
            of_each = SERVICE_NAMES if SERVICE in name else [""]
            for service in of_each:
                if not service or NAMESPACES[service] == half:
                    yield name.strip("`").replace(SERVICE, service), _read(default.replace(SERVICE, service))


def _read(cell: str) -> Any:
    return yaml.safe_load(cell.strip("`"))


def without(values: Any, path: list[str]) -> Any:
    """What stands there; the rest of the values is left, without it."""
    *way, last = path
    for key in way:
        values = values[key]
    return values.pop(last)


def leaves(values: Any) -> list[Any]:
    if isinstance(values, dict):
        return [leaf for each in values.values() for leaf in leaves(each)]
    return [values]


@pytest.mark.parametrize("half", HALVES)
def test_the_table_names_every_value_once_with_what_holds_when_nothing_is_said(half: str) -> None:
    values = yaml.safe_load((ROOT / "helm" / half / "values.yaml").read_text())
    for name, default in told(half):
        assert without(values, name.split(".")) == default, name
    assert leaves(values) == [], "not in the table"


def test_the_table_says_for_which_release_a_value_is() -> None:
    assert {row[1] for row in table(chapter("The values of the releases"))} == {"both", *HALVES}
