"""README.md as it stands, typed by somebody who runs the shop in a Kubernetes cluster of kind's."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.readme.checkout import copy_checkout, demand_free, demand_no_cluster, environment, may_take_low_ports
from tests.readme.page import ROOT, WITH_KUBECTL, Step, steps_of
from tests.readme.reader import PageIsWrong, Reader

CLUSTER = "eshop"
OF_A_CLUSTER = ("KUBECONFIG", "KIND_NODE_IMAGE")


def clusters() -> list[str]:
    """Of kind's, on this machine."""
    return subprocess.run(
        ["kind", "get", "clusters"], capture_output=True, text=True, timeout=60, check=True
    ).stdout.split()


@pytest.fixture
def steps() -> list[Step]:
    return steps_of(ROOT / "README.md", WITH_KUBECTL)


def forwarded(steps: list[Step]) -> list[int]:
    """The ports of this machine that the page leads into the cluster, as far as this user may take them."""
    commands = [step.commands for step in steps if step.goes_on and (may_take_low_ports() or not step.as_root)]
    return [int(port) for each in commands for port in re.findall(r" (\d+):\d+ ", each)]


@pytest.fixture
def cluster_of_the_page(steps: list[Step], tmp_path: Path) -> Iterator[Cluster]:
    """The one that the page makes; its kubeconfig is not the user's."""
    demand_free(forwarded(steps))
    demand_no_cluster(CLUSTER, clusters())
    cluster = Cluster(tmp_path, name=CLUSTER)
    try:
        yield cluster
    finally:
        cluster.down()


@pytest.fixture
def reader(cluster_of_the_page: Cluster, tmp_path: Path) -> Reader:
    own = {
        name: cluster_of_the_page.environment[name] for name in OF_A_CLUSTER if name in cluster_of_the_page.environment
    }
    return Reader(copy_checkout(tmp_path / "eshop"), {**environment(), **own}, is_root=may_take_low_ports())


@pytest.mark.timeout(1800)
def test_every_command_works_and_prints_what_the_page_says(
    cluster_of_the_page: Cluster, reader: Reader, steps: list[Step]
) -> None:
    try:
        reader.follow(steps)
    except PageIsWrong:
        print(cluster_of_the_page.state())
        raise
    assert CLUSTER not in clusters()
