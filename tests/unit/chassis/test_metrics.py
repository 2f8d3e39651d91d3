"""Metrics: requests by method, route and status."""

import pytest
from flask.testing import FlaskClient

from chassis.service import Service
from tests.documented import client_of
from tests.unit.chassis.conftest import toy_service


@pytest.fixture
def service() -> Service:
    """One that has counted nothing yet."""
    return toy_service()


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return client_of(service)


def count(service: Service, method: str, route: str, status: int) -> float | None:
    labels = {"method": method, "route": route, "status": str(status)}
    return service.registry.get_sample_value("http_requests_total", labels)


def test_requests_are_counted_by_route_and_status(service: Service, client: FlaskClient) -> None:
    client.get("/shelves/top")
    client.get("/shelves/bottom")
    client.get("/shelves/top?limit=0")
    client.get("/refused")
    assert count(service, "GET", "/shelves/<shelf>", 200) == 2
    assert count(service, "GET", "/shelves/<shelf>", 400) == 1
    assert count(service, "GET", "/refused", 409) == 1


def test_durations_are_measured(service: Service, client: FlaskClient) -> None:
    client.get("/shelves/top")
    labels = {"method": "GET", "route": "/shelves/<shelf>"}
    assert service.registry.get_sample_value("http_request_duration_seconds_count", labels) == 1


def test_what_a_client_makes_up_adds_no_series(service: Service, client: FlaskClient) -> None:
    for number in range(3):
        client.get(f"/made/up/{number}")
        client.open(f"/{number}", method=f"MADE{number}")
    assert count(service, "GET", "unmatched", 404) == 3
    assert count(service, "other", "unmatched", 404) == 3


def test_they_are_served_as_prometheus_text(client: FlaskClient) -> None:
    client.get("/refused")
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.mimetype == "text/plain"
    assert 'http_requests_total{method="GET",route="/refused",status="409"} 1.0' in response.text


def test_two_services_of_one_process_count_apart(service: Service, client: FlaskClient) -> None:
    client.get("/refused")
    assert count(toy_service(), "GET", "/refused", 409) is None
