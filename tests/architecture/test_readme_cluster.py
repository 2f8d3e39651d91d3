"""README.md's chapters on Kubernetes against the manifests: what they repeat, they repeat rightly."""

import re
from collections import Counter
from urllib.parse import urlsplit

from tests.architecture.manifests import GATE, MANIFESTS, WORKLOADS, of_kind
from tests.architecture.test_gate import HOSTS, behind
from tests.architecture.test_who_calls_whom import PICTURE
from tests.pods import HALVES
from tests.readme.tables import README, chapter

APPLY = chapter("What happens on kubectl apply")


def asked() -> list[tuple[str, str]]:
    """Host and path of every URL on the page that leads to the gate."""
    found = []
    for line in README.splitlines():
        named = re.search(r'-H "Host: ([^"]+)"', line)
        for url in map(urlsplit, re.findall(r"https?://[^\s`\"']+", line)):
            host = named[1] if named else url.hostname or ""
            if named or host.endswith("eshop.com"):
                found.append((host, url.path))
    return found


def test_the_hosts_are_those_of_the_gate() -> None:
    assert set(re.findall(r"[\w-]+\.eshop\.com\b", README)) == set(HOSTS.values())


def test_what_is_asked_of_the_gate_is_led_to_the_service_of_that_name() -> None:
    assert {host for host, _ in asked()} == set(HOSTS.values())
    leads = {host: {f"{name}:http"} for name, host in HOSTS.items()}
    assert [each for each in asked() if behind(*each) != leads[each[0]]] == []


def test_the_ports_are_those_of_the_gate_s_service() -> None:
    [service] = [each for each in of_kind("Service") if each.name == GATE]
    forwarded = re.findall(rf"port-forward service/{GATE} \d+:(\d+) -n {service.namespace}$", README, re.MULTILINE)
    assert {int(port) for port in forwarded} == {each["port"] for each in service.spec["ports"]}


def test_the_kinds_are_those_of_the_manifests() -> None:
    rows = [line for line in APPLY.splitlines() if line.startswith("|")]
    told = set(re.findall(r"`([A-Z]\w+)`", "".join(row.split("|")[1] for row in rows)))
    kinds = {each.kind for each in MANIFESTS if each.namespace in HALVES} | {"Namespace"}
    assert told == kinds - {"ConfigMap"}  # of those, a pod is made
    assert "ConfigMaps" in "".join(rows)


def test_the_drawing_of_who_may_call_whom_is_the_picture() -> None:
    [drawing] = re.findall(r"^```diagram\n(.*?)^```", APPLY, re.MULTILINE | re.DOTALL)
    names = {each.name for each in WORKLOADS}
    drawn = set(re.findall(r"\b(?:\w+service|mongodb|postgresql|controller)\b", drawing))
    assert {name.replace("controller", GATE) for name in drawn} == names
    lines = Counter(port for caller, callee, port in PICTURE if {caller, callee} <= names and callee != GATE)
    calls: Counter[str] = Counter()
    for before, port in re.findall(r"([^►\n]*?) (\d+) ", drawing):
        calls[port] += 1 + before.count(",")
    assert calls == lines


def test_the_claims_are_those_of_the_databases() -> None:
    stateful = [
        (each.name, claim["metadata"]["name"])
        for each in of_kind("StatefulSet")
        for claim in each.spec["volumeClaimTemplates"]
    ]
    assert set(re.findall(r"`(data-[\w-]+)`", APPLY)) == {f"{claim}-{name}-0" for name, claim in stateful}


def test_the_policy_that_refuses_all_has_that_name_in_both_halves() -> None:
    refusing = {(each.namespace, each.name) for each in of_kind("NetworkPolicy") if not each.spec["podSelector"]}
    [name] = re.findall(r"refuse all traffic \(`([\w-]+)`", APPLY)
    assert {(half, name) for half in HALVES} <= refusing
