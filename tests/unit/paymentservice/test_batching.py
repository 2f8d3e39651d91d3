"""Natural batching: what is shared, what fails alone, and who leaves when."""

import threading
from collections.abc import Sequence

import pytest

from chassis import deadlines
from chassis.internal import MAX_COMMANDS
from paymentservice.batching import LATE, MAX_BYTES, Batcher
from paymentservice.promises import Answer, Command, InDoubt, Rejected

PATIENCE = 5.0  # seconds; reached only by a test that fails


def command(name: str, **fields: object) -> Command:
    return {"reference": name, "request_id": "r", **fields}


class Receiver:
    """A remote operation that waits to be let through, and remembers the lists it was sent."""

    def __init__(self) -> None:
        self.lists: list[list[str]] = []
        self.open = threading.Event()
        self.begun = threading.Semaphore(0)

    def __call__(self, commands: Sequence[Command]) -> Sequence[Answer]:
        self.lists.append([each["reference"] for each in commands])
        self.begun.release()
        assert self.open.wait(PATIENCE)
        return [{"reference": each["reference"]} for each in commands]

    def wait_for_calls(self, count: int) -> None:
        for _ in range(count):
            assert self.begun.acquire(timeout=PATIENCE)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def test_an_idle_system_sends_a_command_at_once_and_alone(receiver: Receiver) -> None:
    receiver.open.set()
    assert Batcher(receiver).submit(command("a")).answer() == {"reference": "a"}
    assert receiver.lists == [["a"]]


def test_what_waits_behind_two_calls_under_way_is_sent_together(receiver: Receiver) -> None:
    batcher = Batcher(receiver)
    first = [batcher.submit(command("a"))]
    receiver.wait_for_calls(1)
    first.append(batcher.submit(command("b")))
    receiver.wait_for_calls(1)
    later = [batcher.submit(command(f"c{n}")) for n in range(5)]
    receiver.open.set()
    assert [each.answer()["reference"] for each in [*first, *later]] == ["a", "b", "c0", "c1", "c2", "c3", "c4"]
    assert receiver.lists[:2] == [["a"], ["b"]]
    assert receiver.lists[2] == ["c0", "c1", "c2", "c3", "c4"]


def test_a_second_call_goes_for_who_comes_later_too(receiver: Receiver) -> None:
    batcher = Batcher(receiver)
    batcher.submit(command("a"))
    receiver.wait_for_calls(1)
    threading.Event().wait(LATE / 2)
    batcher.submit(command("b"))
    assert receiver.begun.acquire(timeout=PATIENCE / 2), "sooner than the first call is given up"
    assert receiver.lists == [["a"], ["b"]]
    receiver.open.set()


def _behind_two_calls(receiver: Receiver, commands: Sequence[Command]) -> list[int]:
    """The sizes of the lists that `commands` are sent in when all wait at once."""
    batcher = Batcher(receiver)
    for name in "ab":
        batcher.submit(command(name))
        receiver.wait_for_calls(1)
    waiting = [batcher.submit(each) for each in commands]
    receiver.open.set()
    for each in waiting:
        each.answer()
    return sorted(len(each) for each in receiver.lists[2:])


def test_a_list_holds_at_most_64_commands(receiver: Receiver) -> None:
    sizes = _behind_two_calls(receiver, [command(str(n)) for n in range(MAX_COMMANDS + 1)])
    assert sizes == [1, MAX_COMMANDS]


def test_a_list_stays_under_the_receivers_limit_of_bytes(receiver: Receiver) -> None:
    third = "x" * (MAX_BYTES // 3)
    sizes = _behind_two_calls(receiver, [command(str(n), memo=third) for n in range(4)])
    assert sizes == [2, 2]


def test_a_poisoned_command_fails_alone() -> None:
    def send(commands: Sequence[Command]) -> Sequence[Answer]:
        if any(each["reference"] == "poison" for each in commands):
            raise Rejected("cannot read this", status=400)
        return [{"reference": each["reference"]} for each in commands]

    receiver = Receiver()

    def gated(commands: Sequence[Command]) -> Sequence[Answer]:
        receiver(commands)
        return send(commands)

    batcher = Batcher(gated)
    for name in "ab":
        batcher.submit(command(name))
        receiver.wait_for_calls(1)
    names = ["c", "d", "poison", "e", "f"]
    waiting = {name: batcher.submit(command(name)) for name in names}
    receiver.open.set()
    with pytest.raises(Rejected):
        waiting.pop("poison").answer()
    assert {name: each.answer()["reference"] for name, each in waiting.items()} == {n: n for n in "cdef"}


@pytest.mark.parametrize(("status", "calls"), [(400, 3), (413, 3), (422, 3), (500, 3), (401, 1), (404, 1), (405, 1)])
def test_a_list_is_halved_only_for_what_one_command_can_cause(receiver: Receiver, status: int, calls: int) -> None:
    def refuse(commands: Sequence[Command]) -> Sequence[Answer]:
        receiver(commands)
        if commands[0]["reference"] in "ab":
            return [{"reference": each["reference"]} for each in commands]
        raise Rejected("no", status=status)

    batcher = Batcher(refuse)
    for name in "ab":
        batcher.submit(command(name))
        receiver.wait_for_calls(1)
    waiting = [batcher.submit(command(name)) for name in "cd"]
    receiver.open.set()
    for each in waiting:
        with pytest.raises(Rejected):
            each.answer()
    assert len(receiver.lists) - 2 == calls


def test_a_metric_that_breaks_stops_no_sender() -> None:
    def broken(size: int) -> None:
        raise RuntimeError

    batcher = Batcher(lambda commands: [{"reference": each["reference"]} for each in commands], observe_size=broken)
    for _ in range(4):
        with pytest.raises(InDoubt):
            batcher.submit(command("a")).answer()


def test_doubt_about_a_list_is_doubt_about_each_of_it_and_is_not_halved() -> None:
    lists: list[int] = []

    def send(commands: Sequence[Command]) -> Sequence[Answer]:
        lists.append(len(commands))
        raise InDoubt("no answer")

    with pytest.raises(InDoubt):
        Batcher(send).submit(command("a")).answer()
    assert lists == [1]


@pytest.mark.parametrize(
    "wrong",
    [[], [{"reference": "b"}], [{"reference": "a"}, {"reference": "a"}], [{}]],
    ids=["none", "another's", "too many", "nameless"],
)
def test_answers_that_do_not_match_the_questions_are_doubt(wrong: list[Answer]) -> None:
    with pytest.raises(InDoubt):
        Batcher(lambda _: wrong).submit(command("a")).answer()


def test_a_bug_in_sending_is_doubt_and_the_next_command_is_still_sent() -> None:
    calls: list[int] = []

    def send(commands: Sequence[Command]) -> Sequence[Answer]:
        calls.append(1)
        if len(calls) == 1:
            raise KeyError("answers")
        return [{"reference": "b"}]

    batcher = Batcher(send)
    with pytest.raises(InDoubt):
        batcher.submit(command("a")).answer()
    assert batcher.submit(command("b")).answer() == {"reference": "b"}


def test_a_waiter_leaves_at_its_own_deadline_whatever_its_list_does(receiver: Receiver) -> None:
    batcher = Batcher(receiver)
    with deadlines.deadline(0.05), pytest.raises(InDoubt):
        batcher.submit(command("a")).answer()
    receiver.open.set()


def test_who_has_left_is_not_sent_for(receiver: Receiver) -> None:
    batcher = Batcher(receiver)
    under_way = []
    for name in "ab":
        under_way.append(batcher.submit(command(name)))
        receiver.wait_for_calls(1)
    with deadlines.deadline(0.01), pytest.raises(InDoubt):
        batcher.submit(command("left")).answer()
    receiver.open.set()
    assert batcher.submit(command("c")).answer() == {"reference": "c"}
    assert "left" not in [name for each in receiver.lists for name in each]


def test_where_nobody_waits_the_first_command_waits_for_company(receiver: Receiver) -> None:
    receiver.open.set()
    batcher = Batcher(receiver, linger=0.5)
    waiting = [batcher.submit(command("a"))]
    assert not receiver.begun.acquire(timeout=0.1), "it was sent at once"
    waiting += [batcher.submit(command(name)) for name in "bc"]
    assert [each.answer()["reference"] for each in waiting] == ["a", "b", "c"]
    assert receiver.lists == [["a", "b", "c"]]


def test_but_a_full_list_goes_at_once(receiver: Receiver) -> None:
    receiver.open.set()
    batcher = Batcher(receiver, linger=2 * PATIENCE)
    waiting = [batcher.submit(command(f"c{number}")) for number in range(MAX_COMMANDS)]
    receiver.wait_for_calls(1)
    assert [each.answer()["reference"] for each in waiting] == receiver.lists[0]
