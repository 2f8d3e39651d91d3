"""The gate: what of the services the world reaches through it, and the controller behind it."""

import re
from typing import Any

import pytest

from chassis import gunicorn
from chassis.bodies import PUBLIC_LIMIT
from chassis.deadlines import LONGEST
from local.catalogue import SERVICE_NAMES
from tests.architecture.manifests import GATE, Manifest, of_kind
from tests.architecture.test_readme_endpoints import application

HOSTS = {
    "userservice": "users.eshop.com",
    "productservice": "products.eshop.com",
    "orderservice": "orders.eshop.com",
    "paymentservice": "payments.eshop.com",
    "walletservice": "wallet.eshop.com",
}
GATES = of_kind("Ingress")
RULES: list[dict[str, Any]] = [rule for gate in GATES for rule in gate.spec["rules"]]
SHUT = re.compile(r"/metrics|/health/ready|/internal/.*|/static/.*")
IDLE = 60  # seconds: nginx's own keepalive_timeout to a service, which has no key in the ConfigMap
GRANTS = {("events", "create"), ("events", "patch"), ("pods", "update")}


def behind(host: str, path: str) -> set[str]:
    """Who answers, and at which port; nginx takes `Prefix` for how the text begins, whatever follows."""
    paths = [each for rule in RULES if rule["host"] == host for each in rule["http"]["paths"]]
    found = [
        each["backend"]["service"]
        for each in paths
        if (path == each["path"] if each["pathType"] == "Exact" else path.startswith(each["path"]))
    ]
    return {f"{service['name']}:{service['port']['name']}" for service in found}


@pytest.mark.parametrize("name", SERVICE_NAMES)
def test_the_world_reaches_all_that_a_service_shows_and_nothing_that_is_the_cluster_s_own(name: str) -> None:
    paths = {rule.rule for rule in application(name).url_map.iter_rules()}
    shut = {path for path in paths if SHUT.fullmatch(path)}
    assert {"/metrics", "/health/ready"} < shut
    for path in paths:
        assert behind(HOSTS[name], path) == (set() if path in shut else {f"{name}:http"}), path


@pytest.mark.parametrize("host", HOSTS.values())
@pytest.mark.parametrize("path", ["/", "/internal", "/internal/", "/health/", "/healthy", "/metrics/", "/static/"])
def test_what_is_not_named_is_not_reached(host: str, path: str) -> None:
    assert behind(host, path) == set()


def test_each_host_stands_in_one_rule_and_has_its_certificate() -> None:
    assert sorted(rule["host"] for rule in RULES) == sorted(HOSTS.values())
    for gate in GATES:
        assert gate.spec["tls"] == [{"secretName": "tls", "hosts": [rule["host"] for rule in gate.spec["rules"]]}]


def test_another_controller_could_take_the_gates_over() -> None:
    [known] = of_kind("IngressClass")
    assert [gate.spec["ingressClassName"] for gate in GATES] == [known.name, known.name]
    assert not any("annotations" in gate.body["metadata"] for gate in GATES)


def test_plain_http_is_answered_and_not_sent_to_the_real_eshop_com() -> None:
    assert settings()["ssl-redirect"] == "false"


def test_a_service_itself_refuses_what_is_too_large_or_takes_too_long() -> None:
    size = re.fullmatch(r"(\d+)m", settings()["client-max-body-size"])
    assert size and int(size[1]) * 1024**2 > 4 * PUBLIC_LIMIT
    assert seconds("proxy-read-timeout") > LONGEST


def test_the_gate_closes_an_idle_connection_before_the_service_does() -> None:
    assert int(settings()["keepalive"]) > 0
    assert gunicorn.keepalive > IDLE


def test_a_gate_that_is_taken_down_finishes_what_is_under_way() -> None:
    pod = deployment().pod
    first = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > first + seconds("proxy-read-timeout")


def test_the_controller_changes_nothing_but_events_and_its_own_pod() -> None:
    rules = [(role, rule) for role in of_kind("ClusterRole", "Role") for rule in role.body["rules"]]
    granted = {(what, verb) for _, rule in rules for what in rule["resources"] for verb in rule["verbs"]}
    assert {each for each in granted if each[1] not in ("get", "list", "watch")} == GRANTS
    [pods] = [role for role, rule in rules if "update" in rule["verbs"]]
    assert (pods.kind, pods.namespace) == ("Role", "ingress-nginx")


def deployment() -> Manifest:
    [found] = [each for each in of_kind("Deployment") if each.name == GATE]
    return found


def settings() -> dict[str, str]:
    [found] = [each for each in of_kind("ConfigMap") if each.name == GATE]
    return dict(found.body["data"])


def seconds(key: str) -> int:
    return int(settings()[key].removesuffix("s"))
