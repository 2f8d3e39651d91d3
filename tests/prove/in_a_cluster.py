"""The shop in a Kubernetes cluster, by kubectl or by Helm, as one context shows it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.catalogue import SERVICE_NAMES
from local.errors import LocalError
from tests.cluster import Cluster
from tests.compose import CommandFailed, run
from tests.faults.answers import BEHIND_A_GATE
from tests.faults.chaos import KILL_CHANCE, TARGETS
from tests.faults.pods import Pods
from tests.pods import SHOP
from tests.prove.cluster import AttachedCluster
from tests.prove.gate import forwarded
from tests.prove.options import Options
from tests.prove.place import Place

START = "./setup.sh kubectl apply eshop, then wallet; or ./setup.sh helm deploy -r eshop, then -r wallet"
KIND = "kind-"
LOOK_SECONDS = 20


def runs(options: Options) -> bool:
    if not shutil.which("kubectl"):
        return False
    try:
        context = context_of(options)
        return bool(_kubectl("get", "pods", f"--namespace={SHOP}", "--output=name", f"--context={context}").strip())
    except (LocalError, CommandFailed, subprocess.TimeoutExpired):
        return False


@contextmanager
def attached(options: Options) -> Iterator[Place]:
    context = context_of(options)
    with tempfile.TemporaryDirectory(prefix="eshop-prove-") as made:
        folder = Path(made)
        # A copy, so that whoever changes to another context meanwhile does not lead the faults into that one.
        config = _kubectl("config", "view", "--raw", "--minify", "--flatten", f"--context={context}")
        (folder / "kubeconfig").write_text(config)
        (folder / "kubeconfig").chmod(0o600)
        name, is_kind = context.removeprefix(KIND), context.startswith(KIND)
        with forwarded(Cluster(folder, name).environment) as gate:
            cluster = AttachedCluster(folder, name, gate=gate, is_kind=is_kind)
            os.environ["GATE_ADDRESS"], os.environ["GATE_CERTIFICATE"] = "127.0.0.1", str(cluster.certificate)
            try:
                yield place_of(cluster, context)
            finally:
                cluster.close()


def place_of(cluster: AttachedCluster, context: str) -> Place:
    try:
        cluster.believe()
        _ = cluster.addresses
        elsewhere = cluster.elsewhere
        where = f"in the cluster of the context {context}, by {cluster.deployed_by}"
    except CommandFailed as error:
        raise LocalError(f"the shop in {context} is not there as a whole: {error}", advice=START) from error
    notes = [f"{name} runs elsewhere: it is neither killed nor frozen" for name in elsewhere]
    if not cluster.is_kind:
        notes.append("its nodes are not kind's: pods are deleted and scaled, and not frozen")
    return Place(
        "kubernetes",
        where,
        "./setup.sh kubectl status",
        cluster,
        Pods(cluster),
        in_doubt=BEHIND_A_GATE,
        targets=[name for name in TARGETS if name not in elsewhere],
        scalable=SERVICE_NAMES,
        kill_chance=KILL_CHANCE if cluster.is_kind else 1.0,
        notes=notes,
    )


def context_of(options: Options) -> str:
    """What is typed by habit must not reach a cluster in which other people work."""
    if options.context:
        return options.context
    try:
        context = _kubectl("config", "current-context").strip()
    except CommandFailed as error:
        raise LocalError("kubectl has no current context", advice="name one: --context ...") from error
    if not context.startswith(KIND):
        raise LocalError(
            f"kubectl's current context is {context}, not one of kind's",
            advice=f"name the one you mean: --context {context}",
        )
    return context


def _kubectl(*arguments: str) -> str:
    return run(["kubectl", *arguments], environment=os.environ, seconds=LOOK_SECONDS, check=True).stdout
