"""How every request of the tests is made: the one place to know of certificates, proxies and names.

GATE_ADDRESS names where every host of an https URL is looked for, as curl's --resolve would, and GATE_CERTIFICATE the
file with the certificate to demand there. The host stays what it is for the certificate, for TLS and in the request.
"""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool

CONNECTIONS = 64  # that are kept, of one session


def new_session() -> requests.Session:
    """A session that takes nothing else from its surroundings."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    lead_to_the_gate(session)
    return session


def lead_to_the_gate(session: requests.Session) -> None:
    """Have a session, whoever made it, find the gate and demand its certificate, where there is one."""
    if address := os.environ.get("GATE_ADDRESS"):
        session.mount("https://", Resolved(address))
        session.verify = os.environ["GATE_CERTIFICATE"]


class Resolved(HTTPAdapter):
    """Connects to one address, whatever the URL's host."""

    def __init__(self, address: str) -> None:
        super().__init__(pool_maxsize=CONNECTIONS)
        self._address = address

    def add_headers(self, request: PreparedRequest, **_: Any) -> None:
        request.headers.setdefault("Host", urlsplit(str(request.url)).netloc)

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: str | tuple[str, str] | None = None,
    ) -> HTTPConnectionPool:
        place, tls = self.build_connection_pool_key_attributes(request, verify is None or verify, cert)
        demanded = {**tls, "server_hostname": place["host"]}  # whom the certificate must name
        pool: HTTPConnectionPool = self.poolmanager.connection_from_host(
            self._address, place["port"], place["scheme"], pool_kwargs=demanded
        )
        return pool
