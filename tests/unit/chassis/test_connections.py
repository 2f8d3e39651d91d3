"""How a connection ends."""

import socket
from typing import Any

from chassis.connections import end


class WithoutFiles:
    """A connection of a process that has as many files as it may."""

    def __init__(self) -> None:
        self.ended: list[int] = []

    def dup(self) -> Any:
        raise OSError(24, "Too many open files")

    def shutdown(self, ways: int) -> None:
        self.ended.append(ways)


def test_a_connection_ends_though_there_is_no_file_for_a_duplicate() -> None:
    connection: Any = WithoutFiles()
    end(connection)
    assert connection.ended == [socket.SHUT_RD]
