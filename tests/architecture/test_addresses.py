"""From an address to the container that answers: hosts, Services, and the ports of all three bear the same names."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.architecture.manifests import CONTAINERS, PROBES, WORKLOADS, Container, Manifest, of_kind, the

ADDRESS = re.compile(r"(?:^|//|[@,])([A-Za-z$][\w.$()-]*):(\d+)(?=[/,?]|$)")
# [<pod>.]<service>[.<namespace>[.svc.cluster.local]], where a pod is known by its number, or named by a variable
HOST = re.compile(r"(?:(?:[a-z-]+-\d|\$\(\w+\))\.)?([a-z-]+)(?:\.([a-z-]+))?(?:\.svc\.cluster\.local)?")
USUAL = {"http": 5000, "internal": 5050, "mongodb": 27017, "postgresql": 5432}


def container_ports(workload: Manifest) -> list[dict[str, Any]]:
    return [port for container in workload.pod["containers"] for port in container.get("ports", [])]


def service(namespace: str, name: str) -> Manifest:
    return the("Service", namespace, name)


def behind(service: Manifest) -> Manifest:
    [found] = [each for each in WORKLOADS if (each.namespace, each.name) == (service.namespace, service.name)]
    return found


@pytest.mark.parametrize("service", of_kind("Service"), ids=str)
def test_a_service_leads_to_ports_of_the_same_names_and_numbers(service: Manifest) -> None:
    open_ports = {each["name"]: each["containerPort"] for each in container_ports(behind(service))}
    for port in service.spec["ports"]:
        assert port["targetPort"] == port["name"]
        assert port["port"] == open_ports[port["name"]]
        assert port.get("protocol", "TCP") == "TCP"


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_every_open_port_has_a_service_or_is_asked_by_a_probe(workload: Manifest) -> None:
    served = {each["targetPort"] for each in service(workload.namespace, workload.name).spec["ports"]}
    probes = [container[probe] for container in workload.pod["containers"] for probe in PROBES]
    probed = {each["httpGet"]["port"] for each in probes if "httpGet" in each}
    assert served <= {each["name"] for each in container_ports(workload)} <= served | probed


@pytest.mark.parametrize("container", CONTAINERS, ids=str)
def test_a_probe_asks_an_open_port_of_its_own_container_by_name(container: Container) -> None:
    own = {each["name"] for each in container.body.get("ports", [])}
    for probe in PROBES:
        for how in ("httpGet", "tcpSocket", "grpc"):
            if how in container.body.get(probe, {}):
                assert container.body[probe][how]["port"] in own


def test_ports_are_the_usual_ones() -> None:
    behind_the_gate = [each for each in WORKLOADS if each.namespace != "ingress-nginx"]
    for port in [port for workload in behind_the_gate for port in container_ports(workload)]:
        assert port["containerPort"] == USUAL[port["name"]]
    for workload in behind_the_gate:
        names = {each["name"] for each in container_ports(workload)}
        assert names == ({"http", "internal"} if workload.kind == "Deployment" else {workload.name})


@pytest.mark.parametrize("ingress", of_kind("Ingress"), ids=str)
def test_the_gate_leads_to_public_ports_of_services(ingress: Manifest) -> None:
    for rule in ingress.spec["rules"]:
        for path in rule["http"]["paths"]:
            backend = path["backend"]["service"]
            assert backend["port"] == {"name": "http"}
            assert "http" in {each["name"] for each in service(ingress.namespace, backend["name"]).spec["ports"]}


@pytest.mark.parametrize("workload", of_kind("StatefulSet"), ids=str)
def test_the_members_of_a_database_have_names_of_their_own(workload: Manifest) -> None:
    governing = service(workload.namespace, workload.spec["serviceName"])
    assert governing.name == workload.name
    assert governing.spec["clusterIP"] == "None"


def addresses() -> Iterator[tuple[str, str, str, int]]:
    """Where it stands, the namespace it is read in, host and port."""
    for where, namespace, text in _texts():
        for host, port in ADDRESS.findall(text):
            yield where, namespace, host, int(port)


def _texts() -> Iterator[tuple[str, str, str]]:
    for each in of_kind("ConfigMap"):
        for name, text in each.body.get("data", {}).items():
            if "\n" not in str(text):  # the others are files
                yield f"{each.name} {name}", each.namespace, str(text)
    for container in CONTAINERS:
        for variable in container.body.get("env", []):
            yield f"{container} {variable['name']}", container.workload.namespace, str(variable.get("value", ""))


def test_nothing_that_looks_like_an_address_is_overlooked() -> None:
    found = {where for where, *_ in addresses()}
    variables = {where for where, _, text in _texts() if where.endswith(("_URL", "_URI", "_DSN", "_MEMBER"))}
    assert variables <= found
    assert len(found) >= 4 + 3 + 2  # paymentservice's; MongoDB's; PostgreSQL's


@pytest.mark.parametrize(("where", "namespace", "host", "port"), list(addresses()), ids=lambda each: str(each))
def test_an_address_is_that_of_a_service_with_this_port(where: str, namespace: str, host: str, port: int) -> None:
    parts = HOST.fullmatch(host)
    assert parts, where
    assert port in {each["port"] for each in service(parts[2] or namespace, parts[1]).spec["ports"]}
