"""The gate as a client meets it: by name and certificate, by a name that is none of its own, and over plain http."""

import base64
import re
import socket
import ssl
from pathlib import Path

import pytest
import requests

from tests.cluster import HOSTS, HTTP, HTTPS, Cluster
from tests.web import new_session

pytestmark = pytest.mark.timeout(600)
every_host = pytest.mark.parametrize("host", HOSTS.values())


@every_host
def test_a_host_shows_the_certificate_and_answers(cluster: Cluster, host: str) -> None:
    with new_session() as session:
        answer = session.get(f"https://{host}:{HTTPS}/health", timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"status": "healthy"})


def test_whoever_shows_another_certificate_is_not_believed(cluster: Cluster, tmp_path: Path) -> None:
    made = re.search(r"tls.crt: (.*)", cluster.setup("ssl", "-d", "eshop.com").stdout)
    assert made
    (tmp_path / "other.crt").write_bytes(base64.b64decode(made[1]))
    with new_session() as session:
        session.verify = str(tmp_path / "other.crt")
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://users.eshop.com:{HTTPS}/health", timeout=10)


@pytest.mark.parametrize("name", ["localhost", "eshop.com", "a.b.eshop.com"])
def test_a_name_that_is_no_host_is_shown_the_same_certificate_and_finds_nobody(cluster: Cluster, name: str) -> None:
    context = ssl.create_default_context(cafile=str(cluster.certificate))
    context.check_hostname = False
    with (
        socket.create_connection((cluster.address, HTTPS), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        connection.sendall(f"GET /health HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(4096).split()[1] == b"404"


@every_host
def test_plain_http_is_answered_and_sends_nobody_elsewhere(cluster: Cluster, host: str) -> None:
    with new_session() as session:
        url = f"http://{cluster.address}:{HTTP}/health"
        answer = session.get(url, headers={"Host": host}, timeout=10, allow_redirects=False)
    assert answer.status_code == 200
