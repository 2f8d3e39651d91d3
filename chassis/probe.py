"""Asks the service in this container whether it is ready: `python -m chassis.probe`. Exit code 0 says yes."""

import os
import socket
import sys

SECONDS = 3


def is_ready(port: int) -> bool:
    """Whether the service on `port` of this machine is in reach of its store."""
    try:
        # A socket and no HTTP client, which takes longer to load than all the rest: this runs every few seconds.
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
            connection.sendall(b"GET /health/ready HTTP/1.0\r\n\r\n")
            status_line = connection.makefile("rb").readline(100)
    except OSError:
        return False
    return status_line.startswith(b"HTTP/") and status_line.split()[1:2] == [b"200"]


if __name__ == "__main__":
    sys.exit(0 if is_ready(int(os.environ.get("PORT", "5000"))) else 1)
