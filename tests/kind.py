"""A cluster of kind's: what runs there, and what can be done to it."""

import base64
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.compose import docker, run
from tests.pods import NAMESPACES, Pod, runs, selector, workload

SECONDS, LONG = 60, 600
PROXY, OWN_TABLES = "kube-proxy", "mode: nftables"
EVENTS = 40  # of the last ones, to be shown


@dataclass(frozen=True)
class Kind:
    """One cluster, under a name of the tests' own."""

    folder: Path  # for a kubeconfig of its own
    name: str = field(default_factory=lambda: f"eshop-test-{secrets.token_hex(4)}")

    @cached_property
    def environment(self) -> Mapping[str, str]:
        return {**os.environ, **node_image(), "KUBECONFIG": str(self.folder / "kubeconfig")}

    @property
    def _node(self) -> str:
        """The container that is the cluster's node."""
        return f"{self.name}-control-plane"

    def run(
        self, *command: str, seconds: float, given: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        return run(command, environment=self.environment, seconds=seconds, check=check, given=given)

    def setup(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run("./setup.sh", *arguments, seconds=LONG, check=check)

    def tag(self, image: str, tag: str) -> None:
        """Give an image that the node holds another tag, which saves handing it over again."""
        names = [f"docker.io/library/{each}" for each in (image, f"{image.partition(':')[0]}:{tag}")]
        docker("exec", self._node, "ctr", "--namespace=k8s.io", "images", "tag", "--force", *names)

    def kubectl(
        self, *arguments: str, given: str = "", seconds: float = SECONDS, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl; `given` is what it reads."""
        return self.run("kubectl", *arguments, given=given, seconds=seconds, check=check)

    def get(self, *arguments: str) -> Any:
        return json.loads(self.kubectl("get", "--output=json", *arguments).stdout)

    def until_rolled_out(self, program: str) -> None:
        """Wait until every pod of a program is of the newest kind, and ready."""
        where = f"--namespace={NAMESPACES[program]}"
        self.kubectl("rollout", "status", where, workload(program), "--timeout=180s", seconds=190)

    def until_gone(self, pods: Sequence[Pod]) -> None:
        """Wait until pods that are to go have ended."""
        for pod in pods:
            self.kubectl("wait", "--for=delete", f"--namespace={pod.namespace}", f"pod/{pod.name}", "--timeout=50s")

    def pods(self, program: str) -> list[Pod]:
        """Those of a program that run."""
        found = self.get("pods", f"--namespace={NAMESPACES[program]}", selector(program))["items"]
        return [Pod.of(each) for each in found if runs(each)]

    def replicas(self, program: str) -> int:
        """How many of it there are to be."""
        return int(self.get(workload(program), f"--namespace={NAMESPACES[program]}")["spec"]["replicas"])

    def most_replicas(self, program: str) -> int:
        """How many of it an autoscaler would bear; any number, where there is none."""
        found = self.get("horizontalpodautoscalers", f"--namespace={NAMESPACES[program]}", selector(program))["items"]
        return min((int(each["spec"]["maxReplicas"]) for each in found), default=sys.maxsize)

    def scale(self, program: str, replicas: int) -> None:
        self.kubectl("scale", f"--namespace={NAMESPACES[program]}", workload(program), f"--replicas={replicas}")

    def signal(self, pod: Pod, name: str) -> bool:
        """Send every process in a pod a signal; whether there was any."""
        return docker("exec", pod.node, *pod.signalling(name), check=False).returncode == 0

    def forget(self, pod: Pod) -> None:
        """Take a pod out of the books without a word to it; who watches over it makes another."""
        at_once = ("--force", "--grace-period=0", "--wait=false", "--ignore-not-found")
        self.kubectl("delete", "pod", f"--namespace={pod.namespace}", pod.name, *at_once)

    def inside(self, program: str, *command: str) -> str:
        """What a command prints in a container of a program's."""
        where = f"--namespace={NAMESPACES[program]}"
        return self.kubectl("exec", where, workload(program), "--", *command).stdout

    def secret(self, namespace: str, name: str) -> dict[str, str]:
        data = self.get("secret", f"--namespace={namespace}", name)["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def part_tables(self) -> bool:
        """See that kube-proxy has tables of its own where kube-router guards NetworkPolicies; whether that was new.

        By iptables they share one, which kube-router writes back whole as it was when it read it: a Service whose pods
        got ready in between may then refuse whoever comes inside the cluster, for half a minute or longer.
        """
        where = "--namespace=kube-system"
        guards = self.kubectl("get", "daemonsets", where, "--output=jsonpath={..image}").stdout
        found = self.get("configmap", where, PROXY)
        config = found["data"]["config.conf"]
        if "kube-router" not in guards or OWN_TABLES in config:
            return False
        found["data"]["config.conf"] = re.sub(r"^mode:.*$", OWN_TABLES, config, flags=re.MULTILINE)
        self.kubectl("apply", "--filename=-", given=json.dumps(found))
        self.kubectl("rollout", "restart", where, f"daemonset/{PROXY}")
        self.kubectl("rollout", "status", where, f"daemonset/{PROXY}", "--timeout=110s", seconds=120)
        return True

    def state(self) -> str:
        """What pods say, and what happened last, for whoever wonders why they are not ready."""
        pods = self.kubectl("get", "pods", "--all-namespaces", check=False).stdout
        events = self.kubectl("get", "events", "--all-namespaces", "--sort-by=.lastTimestamp", check=False).stdout
        return "\n".join([pods, *events.splitlines()[-EVENTS:]])


def node_image() -> Mapping[str, str]:
    """A node image that the engine holds need not be pulled; without one, the user or kind says which."""
    held = docker(
        "images", "kindest/node", "--filter=dangling=false", "--format={{.Repository}}:{{.Tag}}"
    ).stdout.split()
    return {"KIND_NODE_IMAGE": held[0]} if held and not os.environ.get("KIND_NODE_IMAGE") else {}
