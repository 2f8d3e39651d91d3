"""The certificate of the gates: one, for every host, and trusted by whoever has it."""

import base64
import ssl
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.manifests import of_kind

SECRETS = [each for each in of_kind("Secret") if each.body["type"] == "kubernetes.io/tls"]
HOSTS = [rule["host"] for gate in of_kind("Ingress") for rule in gate.spec["rules"]]


def test_it_is_the_same_wherever_it_is_read() -> None:
    assert {each.namespace for each in SECRETS} == {"ingress-nginx", *(gate.namespace for gate in of_kind("Ingress"))}
    assert {each.name for each in SECRETS} == {"tls"}
    assert all(each.body["data"] == SECRETS[0].body["data"] for each in SECRETS)


@pytest.mark.parametrize("name", [*HOSTS, "eshop.com"])
def test_who_has_it_trusts_every_host(name: str, tmp_path: Path) -> None:
    assert shown_to_a_client(name, SECRETS[0].body["data"], tmp_path)["subjectAltName"] == (
        ("DNS", "*.eshop.com"),
        ("DNS", "eshop.com"),
    )


def test_it_lasts_for_ten_years(tmp_path: Path) -> None:
    seen = shown_to_a_client("eshop.com", SECRETS[0].body["data"], tmp_path)
    seconds = ssl.cert_time_to_seconds(seen["notAfter"]) - ssl.cert_time_to_seconds(seen["notBefore"])
    assert timedelta(seconds=seconds) == timedelta(days=3650)


def shown_to_a_client(name: str, data: dict[str, str], folder: Path) -> dict[str, Any]:
    """What a client sees who trusts no other certificate; a key that does not belong to it is an SSLError."""
    certificate, key = folder / "tls.crt", folder / "tls.key"
    for file in (certificate, key):
        file.write_bytes(base64.b64decode(data[file.name]))
    gate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    gate.load_cert_chain(certificate, key)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cafile=certificate).wrap_bio(down, up, server_hostname=name)
    server = gate.wrap_bio(up, down, server_side=True)
    for side in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return dict(client.getpeercert() or {})
