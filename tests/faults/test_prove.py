"""`./setup.sh prove` without a shop: what it is given, where it looks, and what it asks."""

import io
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.errors import LocalError
from tests.faults.imagined import PLACE
from tests.prove import finding, in_a_cluster, in_containers
from tests.prove.__main__ import main
from tests.prove.interruption import SIGNALS, heeded
from tests.prove.options import Options, parse
from tests.prove.place import Place


def test_what_is_not_said_is_two_minutes_with_another_seed_each_time() -> None:
    options = parse(["prove"])
    assert options == Options("prove", seed=options.seed)
    assert options.seconds == 120
    assert {parse(["prove"]).seed for _ in range(9)} != {options.seed}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("prove --seconds soon", "argument --seconds: soon is no number"),
        ("prove --seconds nan", "argument --seconds: nan is not from 4 to 86400"),
        ("prove --seconds 1", "argument --seconds: 1 is not from 4 to 86400"),
        ("prove --seed -1", "argument --seed: -1 is not from 0 to"),
        ("prove --seed 1.5", "argument --seed: 1.5 is no number"),
        ("prove --customers 0", "argument --customers: 0 is not from 1 to 256"),
        ("prove --on mars", "argument --on: invalid choice: 'mars'"),
        ("prove --sec 20", "unrecognized arguments: --sec 20"),
        ("prove extra", "unrecognized arguments: extra"),
        ("audit --seed 1", "unrecognized arguments: --seed 1"),
        ("audit --on local --context kind-a", "--context is for kubernetes, not for local"),
    ],
)
def test_a_call_that_is_wrong_is_refused(arguments: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments.split()) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"error: {complaint}")
    assert said.err.count("\n") == 2  # and what to type
    assert said.out == ""


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Where shops run, as it seems."""
    names: set[str] = set()

    @contextmanager
    def attached(_: Options) -> Iterator[Place]:
        yield PLACE

    for name, way in finding.WAYS.items():
        monkeypatch.setattr(way, "runs", lambda _, name=name: name in names)
        monkeypatch.setattr(way, "attached", attached)
    monkeypatch.setattr(finding, "all_read", lambda _: True)
    return names


def test_whoever_sends_a_signal_afterwards_finds_it_as_it_was() -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    with pytest.raises(KeyboardInterrupt), heeded():
        signal.raise_signal(signal.SIGTERM)
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_where_no_shop_runs_it_says_how_to_start_one(running: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit"]) == 1
    assert "no shop runs here" in (said := capsys.readouterr().err)
    assert "./setup.sh local up" in said
    assert main(["audit", "--on", "compose"]) == 1
    assert "docker compose up -d" in capsys.readouterr().err


def test_of_several_shops_one_has_to_be_named(running: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    running |= {"local", "kubernetes"}
    assert main(["audit"]) == 2
    assert "--on local or --on kubernetes" in capsys.readouterr().err
    with finding.found(Options("audit", on="local")) as place:
        assert place is PLACE
    with finding.found(Options("audit", context="kind-a")) as place:
        assert place is PLACE


def test_a_shop_that_does_not_answer_is_left_alone(running: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    running.add("local")
    monkeypatch.setattr(finding, "all_read", lambda _: False)
    monkeypatch.setattr(finding, "ANSWER_SECONDS", 0)
    with pytest.raises(LocalError, match="does not answer") as refused, finding.found(Options("prove")):
        pass
    assert refused.value.advice == "./setup.sh local status"


def test_nobody_is_hurt_where_nobody_can_be_asked(
    running: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running.add("local")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main(["prove"]) == 2
    assert capsys.readouterr().err.endswith("./setup.sh prove --yes\n")


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "maybe\n"])
def test_nobody_is_hurt_without_a_yes(
    answer: str, running: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running.add("local")
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    assert main(["prove"]) == 1
    asked = capsys.readouterr().err
    assert "kills and freezes what runs of the shop on the moon" in asked
    assert "nothing was done" in asked


def test_ports_and_passwords_of_containers_are_those_that_they_have() -> None:
    published = {"HostIp": "0.0.0.0", "HostPort": "15000"}
    found = {
        name: {"NetworkSettings": {"Ports": {f"{port}/tcp": [published]}}, "Config": {"Env": []}}
        for name, (_, port) in in_containers.PORTS.items()
    }
    found["orderservice"]["Config"] = {"Env": ["A=b=c", "MONGO_URI=mongodb://eshop:one@mongodb:27017/eshop?a=b"]}
    found["walletservice"]["Config"] = {"Env": ["POSTGRES_DSN=postgresql://wallet_app:two@postgresql:5432/walletdb"]}
    ports, address = in_containers.published(found)
    assert set(ports.values()) == {15000}
    assert len(ports) == 7
    assert address == "127.0.0.1"
    assert in_containers.passwords(found) == {"MONGO_ESHOP_PASSWORD": "one", "POSTGRES_APP_PASSWORD": "two"}


def test_only_a_context_of_kinds_is_taken_without_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_a_cluster, "_kubectl", lambda *_: "production\n")
    with pytest.raises(LocalError, match="production, not one of kind's") as refused:
        in_a_cluster.context_of(Options("prove"))
    assert refused.value.advice.endswith("--context production")
    assert in_a_cluster.context_of(Options("prove", context="production")) == "production"
    monkeypatch.setattr(in_a_cluster, "_kubectl", lambda *_: "kind-eshop\n")
    assert in_a_cluster.context_of(Options("prove")) == "kind-eshop"
