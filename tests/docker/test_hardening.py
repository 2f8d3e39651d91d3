"""What a container that somebody broke into could do: as little as can be, and its logs tell no card number."""

import json
import re

import pytest

from local.catalogue import PROGRAMS, SERVICES
from tests.blackbox.shop import Shop
from tests.compose import Compose, docker

READ_STATUS = "cat /proc/[0-9]*/status"
READ_MEMORY_LIMIT = "cat /sys/fs/cgroup/memory.max || cat /sys/fs/cgroup/memory/memory.limit_in_bytes"
READ_PIDS_LIMIT = "cat /sys/fs/cgroup/pids.max || cat /sys/fs/cgroup/pids/pids.max"


def inside(compose: Compose, program: str, script: str) -> str:
    """What a shell in the container prints; a file that is not there is no failure."""
    return docker("exec", compose.container(program), "sh", "-c", f"({script}) 2>/dev/null || true").stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_process_is_root_or_may_become_it_or_has_a_capability(compose: Compose, program: str) -> None:
    status = inside(compose, program, READ_STATUS)
    names = re.findall(r"^Name:\t(.*)$", status, re.MULTILINE)
    assert {"docker-init", "cat"} < set(names), names
    for field in ("Uid", "Gid"):
        ids = re.findall(rf"^{field}:\t(.*)$", status, re.MULTILINE)
        assert len(ids) == len(names)
        assert "0" not in " ".join(ids).split(), ids
    for field in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert re.findall(rf"^{field}:\t(.*)$", status, re.MULTILINE) == ["0" * 16] * len(names), field
    assert re.findall(r"^NoNewPrivs:\t(.*)$", status, re.MULTILINE) == ["1"] * len(names)
    assert set(re.findall(r"^Seccomp:\t(.*)$", status, re.MULTILINE)) == {"2"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_root_file_system_cannot_be_written(compose: Compose, program: str) -> None:
    [options] = re.findall(r"^\S+ / \S+ (\S+) ", inside(compose, program, "cat /proc/mounts"), re.MULTILINE)
    assert options.split(",")[0] == "ro"
    ran = docker("exec", "--user=0", compose.container(program), "sh", "-c", ": >/usr/bin/mine", check=False)
    assert ran.returncode != 0
    assert "Read-only file system" in ran.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_limits_hold_that_docker_compose_yaml_names(compose: Compose, program: str) -> None:
    wanted = json.loads(compose.run("config", "--format=json").stdout)["services"][program]
    assert inside(compose, program, READ_MEMORY_LIMIT).strip() == wanted["mem_limit"]
    assert inside(compose, program, READ_PIDS_LIMIT).strip() == str(wanted["pids_limit"])


def test_no_log_tells_a_card_number(compose: Compose) -> None:
    shop = Shop({each.plural: compose.urls[each.name] for each in SERVICES})
    customer, product = shop.customer(funds=100), shop.product(price=60)
    card = {"card_number": customer.card_number}
    paid = shop.buy_surely(customer, product)
    assert paid.status_code == 201, paid.text
    assert shop.buy(customer, product, quantity=2).status_code == 402
    assert shop.charge(customer, 1000).status_code == 402
    assert shop.post("users", "/users", {"user_name": "", **card}).status_code == 400
    assert shop.post("wallets", "/wallets/add", {"user_name": "a\u0000", "amount": -1, **card}).status_code == 400
    logs = compose.run("logs", "--no-color").stdout
    for service in ("paymentservice", "productservice", "walletservice", "orderservice"):
        assert re.search(rf"^{service}-1 .*{paid.headers['X-Request-ID']}", logs, re.MULTILINE), service
    assert customer.card_number not in logs
