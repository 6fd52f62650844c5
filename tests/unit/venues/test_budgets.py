import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from poise_venues.binance.budgets import bucket_of_url, charges
from poise_venues.exchange_mixins import BudgetedRequests, asked_as
from poise_venues.rate_limits import Charge, Priority


@pytest.mark.parametrize(
    ("api", "method", "path", "cost", "expected"),
    [
        ("public", "GET", "depth", 5, (Charge("spot", 25, Priority.MARKET_DATA),)),
        ("fapiPublic", "GET", "depth", 10, (Charge("futures", 10, Priority.MARKET_DATA),)),
        ("fapiPublic", "GET", "fundingRate", 1, (Charge("futures_funding", 1, Priority.MARKET_DATA),)),
        ("fapiPublic", "GET", "klines", 5, (Charge("futures", 5, Priority.BACKGROUND),)),
        ("private", "GET", "account", 4, (Charge("spot", 20, Priority.ACCOUNT),)),
        ("fapiPrivateV3", "GET", "account", 5, (Charge("futures", 5, Priority.ACCOUNT),)),
        ("sapi", "GET", "asset/tradeFee", 0.1, (Charge("wallet", 1, Priority.ACCOUNT),)),
        (
            "private",
            "POST",
            "order",
            0.2,
            (Charge("spot", 1, Priority.ORDER), Charge("spot_orders", 1, Priority.ORDER)),
        ),
        ("private", "DELETE", "order", 0.2, (Charge("spot", 1, Priority.ORDER),)),
        ("private", "GET", "order", 0.8, (Charge("spot", 4, Priority.ACCOUNT),)),
        ("private", "GET", "openOrders", 16, (Charge("spot", 80, Priority.ACCOUNT),)),
        ("fapiPrivate", "GET", "openOrders", 40, (Charge("futures", 40, Priority.ACCOUNT),)),
        ("public", "GET", "time", 0.2, (Charge("spot", 1, Priority.ACCOUNT),)),
        ("public", "GET", "exchangeInfo", 4, (Charge("spot", 20, Priority.ACCOUNT),)),
        ("fapiPublic", "GET", "exchangeInfo", 1, (Charge("futures", 1, Priority.ACCOUNT),)),
    ],
)
def test_a_request_is_charged_in_the_venues_own_weight(
    api: str, method: str, path: str, cost: float, expected: tuple[Charge, ...]
) -> None:
    assert charges(api, method, path, {}, cost) == expected


class Priced:
    """An exchange that counts a book's snapshot as ccxt does."""

    def calculate_rate_limiter_cost(self, *_of_what: Any) -> Any:
        return 10


class Budgeted(BudgetedRequests, Priced):
    dialect: Any = SimpleNamespace(charges=charges)


async def test_whoever_asks_may_say_at_what_priority() -> None:
    async def charged() -> tuple[Charge, ...]:
        return Budgeted().calculate_rate_limiter_cost("fapiPublic", "GET", "depth", {})

    assert await charged() == (Charge("futures", 10, Priority.MARKET_DATA),)
    with asked_as(Priority.BACKGROUND):
        assert await asyncio.gather(charged(), charged()) == [(Charge("futures", 10, Priority.BACKGROUND),)] * 2
    assert await charged() == (Charge("futures", 10, Priority.MARKET_DATA),)


def test_an_order_never_waits_however_it_is_asked() -> None:
    order = Charge("spot", 1, Priority.ORDER)
    assert order.asked_as(Priority.BACKGROUND) == order


@pytest.mark.parametrize(
    ("url", "bucket"),
    [
        ("https://fapi.binance.com/fapi/v1/order", "futures"),
        ("http://127.0.0.1:8100/futures/data/x", "futures"),
        ("https://api.binance.com/sapi/v1/asset/tradeFee", "wallet"),
        ("https://api.binance.com/api/v3/order", "spot"),
    ],
)
def test_a_ban_is_of_the_budget_whose_address_said_it(url: str, bucket: str) -> None:
    assert bucket_of_url(url) == bucket
