"""What an operator sees of a purchase: one request id in every service's log, and the counts in /metrics."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.catalogue import SERVICE_NAMES
from local.waiting import holds_within
from tests.unit.paymentservice.conftest import Shop

FIND, LOOK = "/internal/users/find", "/internal/products/look"


def test_one_request_id_tells_a_purchases_story_even_when_calls_are_shared(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [f"purchase-{number}" for number in range(5)]
    gate = threading.Event()
    shop.wire.before[FIND] = [gate.wait, gate.wait]  # the first two are held, so that the other three share a call
    with ThreadPoolExecutor(len(ids)) as customers:
        buying = [customers.submit(shop.buy, each, request_id=each, quantity=1) for each in ids]
        assert holds_within(10, lambda: shop.wire.commands[LOOK] == len(ids))
        gate.set()
        assert [each.result().status for each in buying] == [201] * len(ids)
    assert shop.wire.calls.count(FIND) < len(ids)
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for each in ids:
        services = {event["service"] for event in events if event["request_id"] == each}
        assert services == set(SERVICE_NAMES), each


def test_payments_are_counted_by_their_outcome_and_calls_by_their_size(shop: Shop) -> None:
    shop.buy("paid")
    shop.buy("refused", quantity=11)
    shop.lose_request("/internal/wallets/deduct")
    shop.buy("pending")
    shop.lose_request(LOOK)
    shop.buy("unavailable")
    text = shop.app.test_client().get("/metrics").get_data(as_text=True)
    for outcome in ("completed", "out_of_stock", "pending", "unavailable"):
        assert f'payments_total{{outcome="{outcome}"}} 1.0' in text
    assert f'batch_size_count{{operation="{FIND}"}}' in text


def test_open_reservations_are_counted_where_they_are_kept(shop: Shop) -> None:
    shop.lose_request("/internal/wallets/deduct")
    shop.buy()
    products = shop.wire.services["products"].test_client()
    assert "reservations_unsettled 1.0" in products.get("/metrics").get_data(as_text=True)
