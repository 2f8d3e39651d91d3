"""The five services on Kubernetes: one text but for what is named here, and replaced without a lost request."""

import re

import pytest

from chassis import gunicorn
from local.catalogue import SERVICE_NAMES
from tests.architecture.manifests import (
    CONTAINERS,
    GATE,
    NAMESPACES,
    PROBES,
    ROOT,
    WITH_TWINS,
    Container,
    Manifest,
    of_kind,
    the,
)
from tests.architecture.test_containers import CONTAINERS as COMPOSE

ELECTION = 12  # seconds, as MongoDB counts on: https://www.mongodb.com/docs/manual/core/replica-set-elections/
OWN = {"configmap.yaml", "networkpolicy.yaml", "secret.yaml"}  # what a service is told, and whom it calls
EQUAL = sorted({each.name for name in SERVICE_NAMES for each in (ROOT / name / "k8s").iterdir()} - OWN)
DEPLOYMENTS = [each for each in of_kind("Deployment") if each.name != GATE]
# Variables, and walletservice's schema, which is applied before it starts.
DIFFERENCES = (
    r"^          env:\n(?:            .*\n)+",
    r"^      # .*\n      initContainers:\n(?:        .*\n)+",
)


def text(service: str, file: str) -> str:
    found = (ROOT / service / "k8s" / file).read_text()
    for each in DIFFERENCES:
        found = re.sub(each, "", found, flags=re.MULTILINE)
    return found.replace(service, "<service>").replace(f": {NAMESPACES[service]}\n", ": <namespace>\n")


@pytest.mark.parametrize("file", EQUAL)
def test_the_services_are_equal_but_for_what_is_named(file: str) -> None:
    assert len({text(service, file) for service in SERVICE_NAMES}) == 1


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=str)
def test_no_request_is_lost_when_a_service_is_replaced(deployment: Manifest) -> None:
    """The new one is ready before the old one goes; that one is told when nobody sends to it any more, and finishes."""
    assert deployment.spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }
    [container] = deployment.pod["containers"]
    withdrawn = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert withdrawn >= 5
    assert withdrawn + gunicorn.graceful_timeout < deployment.pod["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=str)
def test_a_service_is_asked_whether_it_lives_and_whether_it_can_work(deployment: Manifest) -> None:
    [container] = deployment.pod["containers"]
    asked = {probe: container[probe]["httpGet"] for probe in PROBES}
    assert asked == {
        "startupProbe": {"path": "/health", "port": "http"},
        "readinessProbe": {"path": "/health/ready", "port": "http"},
        "livenessProbe": {"path": "/health", "port": "http"},
    }


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=str)
def test_a_store_that_fails_over_takes_no_service_away(deployment: Manifest) -> None:
    """MongoDB's members miss a primary for ten seconds before they elect another; meanwhile a service says 503 itself,
    and when to come again, which the gate does not. A service that hangs is led around before it is killed."""
    [container] = deployment.pod["containers"]
    asked, lives = container["readinessProbe"], container["livenessProbe"]
    assert asked["periodSeconds"] * (asked["failureThreshold"] - 1) > 1.5 * ELECTION
    assert asked["periodSeconds"] * asked["failureThreshold"] < lives["periodSeconds"] * lives.get(
        "failureThreshold", 3
    )


@pytest.mark.parametrize("container", CONTAINERS, ids=str)
def test_a_container_that_stays_is_watched_and_the_other_is_not(container: Container) -> None:
    assert [each for each in PROBES if each in container.body] == ([] if container.runs_first else list(PROBES))


@pytest.mark.parametrize("container", [each for each in WITH_TWINS if not each.runs_first], ids=str)
def test_a_container_has_the_time_that_it_has_in_compose(container: Container) -> None:
    there = COMPOSE[container.twin]
    startup = container.body["startupProbe"]
    withdrawn = container.body.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    assert startup["periodSeconds"] * startup["failureThreshold"] >= seconds(there["healthcheck"]["start_period"])
    assert container.body["readinessProbe"]["timeoutSeconds"] == seconds(there["healthcheck"]["timeout"])
    grace = container.workload.pod["terminationGracePeriodSeconds"]
    assert grace >= withdrawn + seconds(there["stop_grace_period"])


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=str)
def test_how_many_there_are_is_said_in_one_place(deployment: Manifest) -> None:
    """A number in the Deployment would undo `kubectl scale` at the next `kubectl apply`."""
    assert "replicas" not in deployment.spec
    scaler = the("HorizontalPodAutoscaler", deployment.namespace, deployment.name)
    assert scaler.spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment.name}
    assert scaler.spec["minReplicas"] == 1 < scaler.spec["maxReplicas"]
