"""The commands as they are typed: what is refused, in which words, with which exit code."""

import pytest

from local.__main__ import main

PROCESSES = "mongodb postgresql userservice productservice paymentservice walletservice orderservice"


@pytest.mark.parametrize("command", ["logs", "restart"])
def test_an_unknown_process_is_refused_with_those_there_are(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "users"]) == 2
    assert capsys.readouterr().err == f"error: no process is called users\n  one of: {PROCESSES}\n"


@pytest.mark.parametrize("arguments", [["status", "extra"], ["logs", "userservice", "extra"], ["up", "--fast"]])
def test_what_a_command_does_not_know_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    unknown = arguments[-1]
    assert capsys.readouterr().err == (
        f"error: unrecognized arguments: {unknown}\n  ./setup.sh -h lists the commands\n"
    )
