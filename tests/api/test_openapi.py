"""The running shop against its own OpenAPI documents: no answer that the document does not name, and no 5xx."""

import re
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from prometheus_client.parser import text_string_to_metric_families
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from local.catalogue import SERVICE_NAMES
from local.shop import Shop

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 40  # an operation


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_every_answer_is_one_that_the_document_names(shop: Shop, service: str) -> None:
    url = shop.urls[service]
    before = _requests(url)
    document: Any = schemathesis.openapi.from_url(f"{url}/openapi/openapi.json")
    operations = [each.ok() for each in document.get_all_operations()]
    for operation in operations:
        _ask(operation)
    after = _requests(url)
    assert len(operations) >= 5
    for operation in operations:
        sent = after.get(_route(operation), 0) - before.get(_route(operation), 0)
        asked_for = EXAMPLES // 2 if "{" in operation.path or operation.body else 1  # a client may fold `..` away
        assert sent >= asked_for, f"{operation.method} {operation.path}: {sent} requests arrived"


def _ask(operation: Any) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS, timeout=20)

    ask()


def _route(operation: Any) -> tuple[str, str]:
    return operation.method.upper(), operation.path


def _requests(url: str) -> dict[tuple[str, str], float]:
    """How many requests the service itself has counted, by method and documented path."""
    counted: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(requests.get(f"{url}/metrics", timeout=5).text):
        for sample in family.samples:
            if sample.name == "http_requests_total":
                path = sample.labels["route"].replace("<path:", "<").replace("<", "{").replace(">", "}")
                key = sample.labels["method"], path
                counted[key] = counted.get(key, 0) + sample.value
    return counted


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_the_page_finds_its_files(shop: Shop, service: str) -> None:
    """They are files, which a server may send another way than answers."""
    url = f"{shop.urls[service]}/openapi/swagger"
    page = requests.get(url, timeout=10)
    names = re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', page.text)
    assert names
    for name in names:
        answer = requests.get(urljoin(url, name), timeout=10)
        assert (answer.status_code, len(answer.content)) == (200, int(answer.headers["Content-Length"])), name
