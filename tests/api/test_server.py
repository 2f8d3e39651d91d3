"""What gunicorn does by itself, before and after the application: what it logs, and how it stops."""

import socket

from local.shop import Shop
from local.waiting import holds_within


def test_what_the_server_cannot_read_is_not_logged(shop: Shop) -> None:
    """A body longer than it says: its rest is taken for the next request, and that is no reason to quote it."""
    body = b'{"user_name": "Ann", "card_number": "4111-1111-2222"}'
    head = b"POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 36\r\n\r\n"
    log = shop.parts.layout.logs / "userservice.log"
    already = log.stat().st_size
    with socket.create_connection(("127.0.0.1", shop.ports.public("userservice")), timeout=10) as connection:
        connection.sendall(head + body + b"\r\n\r\n")
        while connection.recv(4096):
            continue
    assert holds_within(10, lambda: b"Invalid request" in log.read_bytes()[already:])
    assert b"4111-1111" not in log.read_bytes()[already:]
