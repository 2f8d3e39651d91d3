"""What each container on Kubernetes is given, against docker-compose.yaml: the same, but for what is named here."""

import base64
import re
from typing import Any

import pytest

from chassis.settings import DEVELOPMENT
from tests.architecture.manifests import CONTAINERS, GATE, MANIFESTS, ROOT, WITH_TWINS, Container, of_kind, the
from tests.architecture.test_containers import CONTAINERS as COMPOSE
from tests.architecture.test_containers import SETTINGS, defaults, fields_of
from tests.compose import CREDENTIALS

DIFFERENCES: dict[str, dict[str, str]] = {
    "paymentservice": {"WALLETS_URL": "http://walletservice.wallet:5050"},
    "mongodb": {
        "MONGO_MEMBER": "<metadata.name>.mongodb.eshop.svc.cluster.local:27017",
        "MONGO_MEMBER_KEY": f"{DEVELOPMENT}-member-key",  # compose runs one member, which makes its own
        "HOME": "/tmp",
    },
}
PUBLISHED = "PUBLISH_ADDRESS"  # here nobody can be reached from outside but through the gate
LABEL = "eshop.com/credentials"


def given(container: Container) -> dict[str, str]:
    """The variables, as the program reads them; those that serve to write others are left out."""
    namespace = container.workload.namespace
    found: dict[str, str] = {}
    helpers: set[str] = set()
    for source in container.body.get("envFrom", []):
        found |= _data("ConfigMap", namespace, source["configMapRef"]["name"])
    for variable in container.body.get("env", []):
        value = _value(variable, namespace)
        needed = set(re.findall(r"\$\((\w+)\)", value))
        assert needed <= set(found), "what is not defined before is not replaced"
        helpers |= needed
        found[variable["name"]] = re.sub(r"\$\((\w+)\)", lambda match: found[match[1]], value)
    return {name: value for name, value in found.items() if name not in helpers}


def _value(variable: dict[str, Any], namespace: str) -> str:
    if "value" in variable:
        return str(variable["value"])
    [(source, where)] = variable["valueFrom"].items()
    if source == "fieldRef":
        return f"<{where['fieldPath']}>"
    assert source == "secretKeyRef"
    return _data("Secret", namespace, where["name"])[where["key"]]


def _data(kind: str, namespace: str, name: str) -> dict[str, str]:
    data: dict[str, str] = the(kind, namespace, name).body["data"]
    return data if kind == "ConfigMap" else {key: base64.b64decode(value).decode() for key, value in data.items()}


def by_default(text: str) -> str:
    return re.sub(r"\$\{(\w+):-.*?\}", lambda match: defaults()[match[1]], text)


def test_the_containers_are_those_of_the_compose_file() -> None:
    assert sorted(each.twin for each in WITH_TWINS) == sorted(COMPOSE)
    assert all(each.runs_first or each.workload.name == each.body["name"] for each in WITH_TWINS)


@pytest.mark.parametrize("container", WITH_TWINS, ids=str)
def test_a_container_is_given_what_compose_gives_it(container: Container) -> None:
    there = {name: by_default(str(value)) for name, value in COMPOSE[container.twin]["environment"].items()}
    del there[PUBLISHED]
    assert given(container) == there | DIFFERENCES.get(container.twin, {})


@pytest.mark.parametrize("container", [each for each in WITH_TWINS if each.twin in SETTINGS], ids=str)
def test_a_container_is_given_what_its_settings_read_and_all_that_they_need(container: Container) -> None:
    fields = fields_of(container.twin)
    assert set(given(container)) <= set(fields)
    assert {field for field, each in fields.items() if each.is_required()} <= set(given(container))


@pytest.mark.parametrize("container", WITH_TWINS, ids=str)
def test_a_container_runs_what_compose_runs(container: Container) -> None:
    there = COMPOSE[container.twin]
    command = there.get("command") if container.workload.kind == "Deployment" else there["entrypoint"]
    arguments = None if container.workload.kind == "Deployment" else there["command"]
    assert (container.body.get("command"), container.body.get("args")) == (command, arguments)


def test_images_are_those_of_compose_and_of_this_version() -> None:
    [version] = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    for container in WITH_TWINS:
        image = COMPOSE[container.twin]["image"]
        assert container.body["image"] == (image if ":" in image else f"{image}:{version}")
    assert {each.body["image"] for each in CONTAINERS if each.workload.name == GATE} == {"nginx/nginx-ingress:5.5.4"}


def test_credentials_are_those_that_everybody_knows_and_say_so() -> None:
    secrets = [each for each in of_kind("Secret") if LABEL in each.labels]
    assert [f"{each.namespace}/{each.name}" for each in secrets] == [
        *("eshop/mongodb", "eshop/paymentservice", "wallet/postgresql", "wallet/walletservice")
    ]
    known = {defaults()[name] for name in CREDENTIALS} | {DIFFERENCES["mongodb"]["MONGO_MEMBER_KEY"]}
    assert {value for each in secrets for value in _data("Secret", each.namespace, each.name).values()} == known
    for each in secrets:
        assert each.labels[LABEL] == "development"
        assert (ROOT / each.file).read_text().startswith("# DEVELOPMENT ONLY.")
        assert f"kubectl apply {each.namespace} --random-secrets" in (ROOT / each.file).read_text()


def test_no_credential_stands_outside_of_secrets() -> None:
    elsewhere = [each for each in MANIFESTS if each.kind != "Secret" and "spec" in each.body]
    assert [str(each) for each in elsewhere if DEVELOPMENT in repr(each.spec)] == []


def test_the_shop_and_the_bank_have_one_token() -> None:
    shown, expected = _data("Secret", "eshop", "paymentservice"), _data("Secret", "wallet", "walletservice")
    assert shown["internal-token"] == expected["internal-token"]
