from collections.abc import Mapping

import pytest
from tests.unit.venues.okx.markets import okx

from poise_venues.okx.budgets import NAMES, charges, connection_charge, subscription_charge
from poise_venues.okx.dialect import OkxDialect
from poise_venues.rate_limits import Charge, Priority

LIMIT = 20
"""What is configured for every endpoint, in two seconds."""


@pytest.mark.parametrize(
    ("api", "method", "path", "cost", "expected"),
    [
        ("public", "GET", "market/books", 0.5, (Charge("requests:GET market/books", 0.5, Priority.MARKET_DATA),)),
        ("public", "GET", "market/candles", 0.5, (Charge("requests:GET market/candles", 0.5, Priority.BACKGROUND),)),
        ("public", "GET", "public/time", 2, (Charge("requests:GET public/time", 2, Priority.ACCOUNT),)),
        ("private", "GET", "trade/order", 0.3, (Charge("requests:GET trade/order", 0.3, Priority.ACCOUNT),)),
        (
            "private",
            "POST",
            "trade/cancel-order",
            0.3,
            (Charge("requests:POST trade/cancel-order", 0.3, Priority.ORDER),),
        ),
        (
            "private",
            "POST",
            "trade/cancel-all-after",
            10,
            (Charge("requests:POST trade/cancel-all-after", 10, Priority.ACCOUNT),),
        ),
    ],
)
def test_a_request_is_charged_to_its_own_endpoint(
    api: str, method: str, path: str, cost: float, expected: tuple[Charge, ...]
) -> None:
    assert charges(api, method, path, {}, cost) == expected


def test_a_new_order_is_charged_to_its_instrument_and_to_the_account() -> None:
    order = {"instId": "BTC-USDT-SWAP", "sz": "1"}
    assert charges("private", "POST", "trade/order", order, 0.3) == (
        Charge("requests:POST trade/order BTC-USDT-SWAP", 0.3, Priority.ORDER),
        Charge("orders", 1, Priority.ORDER),
    )


@pytest.mark.parametrize(
    ("method", "path", "requests_in_two_seconds"),
    [
        ("POST", "trade/order", 60),
        ("POST", "trade/cancel-order", 60),
        ("POST", "trade/cancel-all-after", 2),
        ("GET", "trade/order", 60),
        ("GET", "trade/orders-pending", 60),
        ("GET", "trade/orders-history", 40),
        ("GET", "trade/fills", 60),
        ("GET", "trade/fills-history", 10),
        ("GET", "account/balance", 10),
        ("GET", "account/positions", 10),
        ("GET", "account/config", 5),
        ("GET", "account/trade-fee", 5),
        ("GET", "public/position-tiers", 10),
        ("GET", "public/time", 10),
        ("GET", "market/books", 40),
        ("GET", "market/history-candles", 20),
    ],
)
def test_the_documented_number_of_requests_uses_an_endpoints_budget_up(
    method: str, path: str, requests_in_two_seconds: int
) -> None:
    exchange = okx()
    api = "public" if path.startswith(("public", "market")) else "private"
    config: Mapping[str, object] = {"cost": exchange.api[api][method.lower()][path]}
    cost = exchange.calculate_rate_limiter_cost(api, method, path, {}, config)
    (charge, *_) = charges(api, method, path, {"instId": "BTC-USDT"}, cost)
    assert charge.weight * requests_in_two_seconds == pytest.approx(LIMIT)


def test_every_budget_that_is_charged_is_asked_of_the_configuration() -> None:
    order = charges("private", "POST", "trade/order", {"instId": "BTC-USDT"}, 1)
    charged = (*order, subscription_charge("wss://venue/public"), connection_charge(comes_first=True))
    assert {charge.bucket.partition(":")[0] for charge in charged} == NAMES == OkxDialect().budgets()


def test_a_refusal_is_of_the_bucket_that_the_request_was_charged_to() -> None:
    order = charges("private", "POST", "trade/order", {"instId": "BTC-USDT"}, 1)
    assert OkxDialect().refused_bucket("https://venue/api/v5/trade/order", order) == order[0].bucket
