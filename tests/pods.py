"""What runs where in Kubernetes, and the pods that run it."""

from dataclasses import dataclass
from typing import Any, Self

from local.catalogue import DATABASES, POSTGRESQL, PROGRAMS

SHOP, BANK, GATE = "eshop", "wallet", "ingress-nginx"
CONTROLLER = "ingress-nginx-controller"
NAMESPACES = {**dict.fromkeys(PROGRAMS, SHOP), "walletservice": BANK, POSTGRESQL: BANK, CONTROLLER: GATE}
HALVES = (SHOP, BANK)
SECRETS = {SHOP: ("mongodb", "paymentservice"), BANK: (POSTGRESQL, "walletservice")}  # with credentials
# For a shell on the node: all processes in a pod get a signal, since the cgroup of each names the pod.
SIGNAL = """
found=$(grep -lE "pod$1" /proc/[0-9]*/cgroup 2>/dev/null | cut -d/ -f3)
kill -s "$2" $found 2>/dev/null
test -n "$found"
"""


@dataclass(frozen=True)
class Pod:
    namespace: str
    name: str
    uid: str
    address: str
    image: str
    node: str

    @classmethod
    def of(cls, found: Any) -> Self:
        """A pod as Kubernetes describes it."""
        about, spec = found["metadata"], found["spec"]
        where = (about["namespace"], about["name"], about["uid"], found["status"]["podIP"])
        return cls(*where, image=spec["containers"][0]["image"], node=spec["nodeName"])

    def signalling(self, name: str) -> tuple[str, ...]:
        """The command that sends the whole pod a signal; its exit code says whether there was anybody."""
        return ("sh", "-c", SIGNAL, "sh", self.uid.replace("-", "[-_]"), name)


def runs(found: Any) -> bool:
    return found["status"]["phase"] == "Running" and "deletionTimestamp" not in found["metadata"]


def is_ready(found: Any) -> bool:
    conditions = {each["type"]: each["status"] for each in found["status"].get("conditions", ())}
    return runs(found) and conditions.get("Ready") == "True"


def selector(program: str) -> str:
    return f"--selector=app.kubernetes.io/name={program}"


def workload(program: str) -> str:
    """What makes a program's pods."""
    return f"{'statefulset' if program in DATABASES else 'deployment'}/{program}"
