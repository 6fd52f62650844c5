"""Weights, order counts, 429, 418: per client address, as the venue has them."""

from typing import Any

import ccxt
import pytest

from poise_simulator.settings import BanSettings, PoolLimitSettings, SimulatorSettings

_SYMBOL = {"symbol": "BTCUSDT"}


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("/api/v3/ping", {}, 1),
        ("/api/v3/exchangeInfo", {}, 20),
        ("/api/v3/depth", _SYMBOL, 5),
        ("/api/v3/depth", _SYMBOL | {"limit": 500}, 25),
        ("/api/v3/depth", _SYMBOL | {"limit": 1000}, 50),
        ("/api/v3/depth", _SYMBOL | {"limit": 5000}, 250),
        ("/api/v3/ticker/24hr", _SYMBOL, 2),
        ("/api/v3/ticker/24hr", {}, 80),
        ("/api/v3/ticker/price", {}, 4),
        ("/api/v3/klines", _SYMBOL | {"interval": "1m"}, 2),
        ("/fapi/v1/depth", _SYMBOL | {"limit": 50}, 2),
        ("/fapi/v1/depth", _SYMBOL, 10),
        ("/fapi/v1/depth", _SYMBOL | {"limit": 1000}, 20),
        ("/fapi/v1/klines", _SYMBOL | {"interval": "1m", "limit": 99}, 1),
        ("/fapi/v1/klines", _SYMBOL | {"interval": "1m", "limit": 1500}, 10),
        ("/fapi/v1/ticker/24hr", {}, 40),
        ("/fapi/v1/premiumIndex", {}, 10),
        ("/fapi/v1/fundingInfo", {}, 0),
    ],
)
async def test_each_request_weighs_what_the_venue_says(
    raw: Any, path: str, params: dict[str, Any], weight: int
) -> None:
    status, _, headers = await raw.get(path, **params)
    assert status == 200
    assert int(headers["X-MBX-USED-WEIGHT-1M"]) == weight


async def test_each_market_has_its_own_budget(raw: Any) -> None:
    _, _, spot = await raw.get("/api/v3/exchangeInfo")
    _, _, futures = await raw.get("/fapi/v1/ping")
    _, _, wallet = await raw.signed("GET", "/sapi/v1/capital/config/getall")
    assert spot["X-MBX-USED-WEIGHT-1M"] == "20"
    assert futures["X-MBX-USED-WEIGHT-1M"] == "1"
    assert wallet["X-SAPI-USED-IP-WEIGHT-1M"] == "10"


async def test_refused_requests_weigh_too(raw: Any) -> None:
    await raw.get("/api/v3/depth", symbol="NOPE")
    _, _, headers = await raw.get("/api/v3/ping")
    assert headers["X-MBX-USED-WEIGHT-1M"] == "6"


async def test_new_orders_are_counted(raw: Any) -> None:
    order = _SYMBOL | {"side": "BUY", "type": "MARKET", "quantity": "0.01"}
    _, _, spot = await raw.signed("POST", "/api/v3/order", **order)
    _, _, futures = await raw.signed("POST", "/fapi/v1/order", **order)
    _, counts, _ = await raw.signed("GET", "/api/v3/rateLimit/order")
    assert (spot["X-MBX-ORDER-COUNT-10S"], spot["X-MBX-ORDER-COUNT-1D"]) == ("1", "1")
    assert (futures["X-MBX-ORDER-COUNT-10S"], futures["X-MBX-ORDER-COUNT-1M"]) == ("1", "1")
    assert [row["count"] for row in counts][-1] == 1


async def test_the_limits_are_listed_where_the_venue_lists_them(raw: Any) -> None:
    _, spot, _ = await raw.get("/api/v3/exchangeInfo")
    _, futures, _ = await raw.get("/fapi/v1/exchangeInfo")
    assert {row["rateLimitType"]: row["limit"] for row in spot["rateLimits"]}["REQUEST_WEIGHT"] == 6_000
    assert {row["rateLimitType"]: row["limit"] for row in futures["rateLimits"]}["REQUEST_WEIGHT"] == 2_400


class TestNarrowLimits:
    """With a budget small enough to use up."""

    @pytest.fixture
    def settings(self) -> SimulatorSettings:
        return SimulatorSettings(
            port=0,
            seed=7,
            spot_limits=PoolLimitSettings(weight_per_minute=60, orders_per_10_s=2),
            bans=BanSettings(refusals_before_ban=2, first_ban_s=2, longest_ban_s=5),
        )

    async def test_too_much_is_429_until_the_minute_is_over(self, raw: Any, clock: Any) -> None:
        for _ in range(3):
            await raw.get("/api/v3/exchangeInfo")
        status, body, headers = await raw.get("/api/v3/ping")
        assert (status, body["code"]) == (429, -1003)
        wait_s = int(headers["Retry-After"])
        assert 1 <= wait_s <= 60

        clock.added_ms += wait_s * 1000
        status, _, _ = await raw.get("/api/v3/ping")
        assert status == 200

    async def test_going_on_after_429_is_a_ban_that_grows(self, raw: Any, clock: Any) -> None:
        lengths = []
        for _ in range(3):
            clock.added_ms += 60_000 - clock() % 60_000
            answers = [await raw.get("/api/v3/exchangeInfo") for _ in range(6)]
            assert [status for status, _, _ in answers] == [200, 200, 200, 429, 429, 418]
            _, body, headers = answers[-1]
            assert body["code"] == -1003
            lengths.append(int(headers["Retry-After"]))
            status, _, _ = await raw.get("/fapi/v1/ping")
            assert status == 418
            clock.added_ms += lengths[-1] * 1000
        assert lengths == [2, 4, 5]

    async def test_ccxt_sees_ddos_protection(self, raw: Any, client: Any) -> None:
        await client.load_markets()
        for _ in range(3):
            await raw.get("/api/v3/exchangeInfo")
        with pytest.raises(ccxt.DDoSProtection):
            await client.fetch_ticker("BTC/USDT")

    async def test_too_many_orders_are_refused_for_ten_seconds(self, raw: Any, clock: Any) -> None:
        clock.added_ms += 10_000 - clock() % 10_000
        order = _SYMBOL | {"side": "BUY", "type": "MARKET", "quantity": "0.001"}
        statuses = [(await raw.signed("POST", "/api/v3/order", **order))[0] for _ in range(3)]
        assert statuses == [200, 200, 429]
        clock.added_ms += 10_000
        status, _, _ = await raw.signed("POST", "/api/v3/order", **order)
        assert status == 200
