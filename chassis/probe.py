"""Asks the service in this container whether it is ready: `python -m chassis.probe`. Exit code 0 says yes."""

import http.client
import os
import sys

SECONDS = 3


def is_ready(port: int) -> bool:
    """Whether the service on `port` of this machine is in reach of its store."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_ready(int(os.environ.get("PORT", "5000"))) else 1)
