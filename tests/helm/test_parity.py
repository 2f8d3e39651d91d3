"""The releases are the plain manifests, both ways, but for the labels that Helm owns and its test pods."""

import copy
from typing import Any

import pytest

from tests.architecture.manifests import Manifest
from tests.helm.charts import Charts, is_hook
from tests.helm.parity import OF_THE_CLUSTER, PLAIN, differences, plain_values, rendered
from tests.pods import HALVES


def test_the_charts_say_what_the_plain_manifests_say(charts: Charts) -> None:
    found = rendered(charts)
    assert differences(PLAIN, found) == []
    assert len(found) == len(PLAIN) >= 57


def test_only_what_is_the_cluster_s_own_is_left_out() -> None:
    assert {(each.kind, each.namespace) for each in OF_THE_CLUSTER if each.namespace != "ingress-nginx"} == {
        *((kind, "") for kind in ("Namespace", "ClusterRole", "ClusterRoleBinding", "IngressClass"))
    }


def test_only_tests_are_left_out_of_a_release(charts: Charts) -> None:
    for half in HALVES:
        hooks = [each for each in charts.render(half, plain_values(half)) if is_hook(each)]
        assert {each.body["metadata"]["annotations"]["helm.sh/hook"] for each in hooks} == {"test"}
        assert {each.labels["app.kubernetes.io/component"] for each in hooks} == {"test"}


def _changed(number: int) -> list[Manifest]:
    """The plain manifests, of which one may be spoilt."""
    return [*PLAIN[:number], Manifest(PLAIN[number].file, copy.deepcopy(PLAIN[number].body)), *PLAIN[number + 1 :]]


def _number_of(kind: str, name: str) -> int:
    [number] = [number for number, each in enumerate(PLAIN) if (each.kind, each.name) == (kind, name)]
    return number


def test_a_changed_port_in_a_manifest_is_found(own_charts: Charts) -> None:
    number = _number_of("Service", "userservice")
    plain = _changed(number)
    plain[number].body["spec"]["ports"][0]["port"] = 5001
    assert differences(plain, rendered(own_charts)) == [
        "Service eshop/userservice .spec .ports [0] .port: 5001 and in the charts 5000"
    ]


def test_a_removed_label_in_a_chart_is_found(own_charts: Charts) -> None:
    labels = own_charts.folder / "helm" / "common" / "templates" / "_labels.tpl"
    text = labels.read_text()
    labels.write_text(text.replace('app.kubernetes.io/part-of: {{ include "common.half" . }}\n', "", 1))
    own_charts.gather()
    found = differences(PLAIN, rendered(own_charts))
    assert (
        "Service eshop/userservice .metadata .labels .app.kubernetes.io/part-of: 'eshop' and in the charts nothing"
        in found
    )
    assert len({each.split(" .")[0] for each in found}) >= 40


@pytest.mark.parametrize("kind", sorted({each.kind for each in PLAIN}))
def test_an_object_that_one_side_lacks_is_found(kind: str) -> None:
    lacking = [each for each in PLAIN if each.kind != kind]
    assert {each.split(":")[1] for each in differences(PLAIN, lacking)} == {" not in the charts"}
    assert {each.split(":")[1] for each in differences(lacking, PLAIN)} == {" not in the plain manifests"}


@pytest.mark.parametrize(
    "one, other",
    [(1, "1"), (1, True), ([1], [1, 2]), (["a", "b"], ["b", "a"]), ({}, None), ({"a": None}, {}), ({}, {"a": None})],
)
def test_another_value_another_type_and_another_order_are_differences(one: Any, other: Any) -> None:
    def wish(value: Any) -> list[Manifest]:
        return [Manifest(PLAIN[0].file, {"kind": "ConfigMap", "metadata": {"name": "wish"}, "data": value})]

    assert differences(wish(one), wish(other)) != []
    assert differences(wish(one), wish(one)) == []
