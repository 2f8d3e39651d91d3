"""What all five services have in common."""

import pytest
from requests import Response

from tests.blackbox.shop import SERVICES, Shop, assert_refused, assert_turned_away

pytestmark = pytest.mark.parametrize("service", list(SERVICES))


def assert_unknown(shop: Shop, response: Response) -> None:
    """The service does not know what it was asked for, or a gate keeps it from being asked."""
    if shop.is_behind_a_gate:
        assert_turned_away(response)
    else:
        assert_refused(response, 404, "not_found")


def test_it_is_alive(shop: Shop, service: str) -> None:
    response = shop.get(service, "/health")
    assert response.status_code == 200
    assert response.json() == {"status": "healthy"}


def test_it_is_ready_which_no_gate_tells(shop: Shop, service: str) -> None:
    response = shop.get(service, "/health/ready")
    if shop.is_behind_a_gate:
        assert_turned_away(response)
    else:
        assert response.status_code == 200
        assert response.json() == {"status": "ready"}


def test_it_counts_its_requests_which_no_gate_tells(shop: Shop, service: str) -> None:
    shop.get(service, "/health")
    response = shop.get(service, "/metrics")
    if shop.is_behind_a_gate:
        assert_turned_away(response)
    else:
        assert response.status_code == 200
        assert 'http_requests_total{method="GET",route="/health",status="200"}' in response.text


def test_it_documents_itself(shop: Shop, service: str) -> None:
    response = shop.get(service, "/openapi/openapi.json")
    assert response.status_code == 200
    document = response.json()
    assert document["openapi"].startswith("3.1")
    assert "/health" in document["paths"]
    assert not [path for path in document["paths"] if "internal" in path]
    assert shop.get(service, "/openapi/").status_code == 200


def test_an_unknown_path_is_404(shop: Shop, service: str) -> None:
    assert_refused(shop.get(service, "/openapi/nothing/here"), 404, "not_found")
    assert_unknown(shop, shop.get(service, "/nothing/here"))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_wrong_method_is_405_and_the_right_ones_are_named(shop: Shop, service: str, method: str) -> None:
    response = shop.request(method, service, "/health")
    assert_refused(response, 405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/internal/users/find",
        "/internal/products/look",
        "/internal/reservations/deduct",
        "/internal/wallets/deduct",
        "/internal/orders/write",
        "/%69nternal/orders/write",
    ],
)
def test_no_public_call_reaches_an_inner_operation(shop: Shop, service: str, path: str) -> None:
    for claim in ({}, {"Host": "localhost:5050"}, {"X-Forwarded-Port": "5050"}):
        headers = {"Authorization": "Bearer guess", **claim}
        response = shop.request("POST", service, path, json={"commands": []}, headers=headers)
        assert_unknown(shop, response)


def test_a_request_id_is_echoed_and_a_harmful_one_replaced(shop: Shop, service: str) -> None:
    response = shop.request("GET", service, "/health", headers={"X-Request-ID": "my-id.1_2"})
    assert response.headers["X-Request-ID"] == "my-id.1_2"
    for harmful in ("a b", '{"a":1}', "x" * 65, "<b>"):
        response = shop.request("GET", service, "/health", headers={"X-Request-ID": harmful})
        assert response.status_code == 200
        assert len(response.headers["X-Request-ID"]) == 32
