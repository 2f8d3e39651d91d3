"""README.md as it stands, typed by somebody who runs the shop in a cluster of kind's: by kubectl, and then by Helm."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.readme.checkout import copy_checkout, demand_free, demand_no_cluster, environment, may_take_low_ports
from tests.readme.page import ROOT, WITH_HELM, WITH_KUBECTL, Step, steps_of
from tests.readme.reader import PageIsWrong, Reader

CLUSTER = "eshop"
OF_A_CLUSTER = ("KUBECONFIG", "KIND_NODE_IMAGE")


def clusters() -> list[str]:
    """Of kind's, on this machine."""
    return subprocess.run(
        ["kind", "get", "clusters"], capture_output=True, text=True, timeout=60, check=True
    ).stdout.split()


def steps(chapters: tuple[str, ...]) -> list[Step]:
    return steps_of(ROOT / "README.md", chapters)


def forwarded() -> list[int]:
    """The ports of this machine that the page leads into the cluster, as far as this user may take them."""
    typed = [*steps(WITH_KUBECTL), *steps(WITH_HELM)]
    commands = [step.commands for step in typed if step.goes_on and (may_take_low_ports() or not step.as_root)]
    return [int(port) for each in commands for port in re.findall(r" (\d+):\d+ ", each)]


@pytest.fixture
def cluster_of_the_page(tmp_path: Path) -> Iterator[Cluster]:
    """The one that the page makes; its kubeconfig is not the user's."""
    demand_free(forwarded())
    demand_no_cluster(CLUSTER, clusters())
    cluster = Cluster(tmp_path, name=CLUSTER)
    try:
        yield cluster
    finally:
        cluster.down()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_checkout(tmp_path / "eshop")


def follow(cluster: Cluster, checkout: Path, chapters: tuple[str, ...]) -> None:
    own = {name: cluster.environment[name] for name in OF_A_CLUSTER if name in cluster.environment}
    variables, is_root = {**environment(), **own}, may_take_low_ports()

    def prepare(commands: str) -> None:
        if "kubernetes kind" in commands:
            cluster.prepare()

    reader = Reader(checkout, variables, is_root=is_root, before_what_goes_on=cluster.see_gate, afterwards=prepare)
    try:
        reader.follow(steps(chapters))
    except PageIsWrong:
        print(cluster.state())
        raise


@pytest.mark.timeout(2400)
def test_every_command_works_and_prints_what_the_page_says(cluster_of_the_page: Cluster, checkout: Path) -> None:
    follow(cluster_of_the_page, checkout, WITH_KUBECTL)
    cluster_of_the_page.undeploy()  # who picks one way has not gone the other before
    follow(cluster_of_the_page, checkout, WITH_HELM)
    assert CLUSTER not in clusters()
