"""What a pod that somebody broke into could do: as little as can be, and no namespace takes one that could more."""

import copy
import json
import re
from collections.abc import Callable
from subprocess import CompletedProcess
from typing import Any

import pytest

from local.catalogue import PROGRAMS
from tests.cluster import Cluster
from tests.kubernetes.strangers import Stranger
from tests.pods import BANK, CONTROLLER, GATE, SHOP

READ_STATUS = "cat /proc/[0-9]*/status 2>/dev/null; true"
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"
BIND_LOW_PORTS = 1 << 10  # CAP_NET_BIND_SERVICE
EVERYBODY = (*PROGRAMS, CONTROLLER)

pytestmark = pytest.mark.timeout(600)


def _container(**fields: Any) -> Callable[[Any], None]:
    return lambda pod: pod["containers"][0]["securityContext"].update(fields)


def _pod(**fields: Any) -> Callable[[Any], None]:
    return lambda pod: pod.update(fields)


TOO_MUCH = {
    "privileged": _container(privileged=True, allowPrivilegeEscalation=True),
    "as root": lambda pod: pod["securityContext"].update(runAsUser=0, runAsNonRoot=False),
    "that may become root": _container(allowPrivilegeEscalation=True),
    "with a capability": _container(capabilities={"drop": ["ALL"], "add": ["NET_RAW"]}),
    "that keeps its capabilities": _container(capabilities={}),
    "without seccomp": lambda pod: pod["securityContext"].update(seccompProfile={"type": "Unconfined"}),
    "in the node's network": _pod(hostNetwork=True),
    "among the node's processes": _pod(hostPID=True),
    "with the node's files": _pod(volumes=[{"name": "node", "hostPath": {"path": "/"}}]),
}


def ask_to_run(cluster: Cluster, namespace: str, change: Callable[[Any], None]) -> CompletedProcess[str]:
    """Whether a stranger's pod would be taken, with a change."""
    manifest = copy.deepcopy(Stranger(namespace).manifest)
    change(manifest["spec"])
    return cluster.kubectl("create", "--dry-run=server", "--filename=-", given=json.dumps(manifest), check=False)


@pytest.mark.parametrize("namespace", [SHOP, BANK, GATE])
@pytest.mark.parametrize("wish", TOO_MUCH)
def test_a_pod_is_refused(cluster: Cluster, namespace: str, wish: str) -> None:
    asked = ask_to_run(cluster, namespace, TOO_MUCH[wish])
    assert asked.returncode == 1
    assert 'violates PodSecurity "restricted:latest"' in asked.stderr


@pytest.mark.parametrize("namespace", [SHOP, BANK, GATE])
def test_a_pod_that_wants_nothing_is_taken(cluster: Cluster, namespace: str) -> None:
    asked = ask_to_run(cluster, namespace, lambda pod: None)
    assert asked.returncode == 0, asked.stderr


@pytest.mark.parametrize("program", EVERYBODY)
def test_no_process_is_root_or_may_become_it_or_has_a_capability(cluster: Cluster, program: str) -> None:
    status = cluster.inside(program, "sh", "-c", READ_STATUS)
    count = len(re.findall(r"^Name:", status, re.MULTILINE))
    assert count >= 2  # its own, and those that read it

    def values(field: str) -> list[str]:
        return re.findall(rf"^{field}:\t(.*)$", status, re.MULTILINE)

    assert len(values("Uid")) == count
    assert "0" not in " ".join(values("Uid")).split()
    granted = BIND_LOW_PORTS if program == CONTROLLER else 0
    for field in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert [each for each in values(field) if int(each, 16) & ~granted] == [], field
    assert values("NoNewPrivs") == ["1"] * count
    assert values("Seccomp") == ["2"] * count


@pytest.mark.parametrize("program", EVERYBODY)
def test_the_root_file_system_cannot_be_written(cluster: Cluster, program: str) -> None:
    [options] = re.findall(r"^\S+ / \S+ (\S+) ", cluster.inside(program, "cat", "/proc/mounts"), re.MULTILINE)
    assert options.split(",")[0] == "ro"


@pytest.mark.parametrize("program", EVERYBODY)
def test_nobody_but_the_controller_has_a_token_for_kubernetes(cluster: Cluster, program: str) -> None:
    found = cluster.inside(program, "sh", "-c", f"test -e {TOKEN} && echo yes || echo no").strip()
    assert found == ("yes" if program == CONTROLLER else "no")
