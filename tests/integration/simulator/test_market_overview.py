"""The market as a whole: `/global`, in CoinGecko's documented shape."""

import pytest
from tests.integration.simulator.conftest import ControlClient, RawClient

from poise_simulator.app import Simulator
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.market_caps import SUPPLIES


async def test_it_has_the_documented_fields(raw: RawClient) -> None:
    status, answer, _ = await raw.get("/global")
    assert status == 200
    data = answer["data"]
    assert data.keys() == {
        "active_cryptocurrencies",
        "upcoming_icos",
        "ongoing_icos",
        "ended_icos",
        "markets",
        "total_market_cap",
        "total_volume",
        "market_cap_percentage",
        "market_cap_change_percentage_24h_usd",
        "updated_at",
    }
    assert sum(data["market_cap_percentage"].values()) == pytest.approx(100.0)
    assert 40.0 < data["market_cap_percentage"]["btc"] < 80.0
    assert data["total_market_cap"]["btc"] == pytest.approx(
        SUPPLIES["BTC"] / data["market_cap_percentage"]["btc"] * 100.0
    )


async def test_it_follows_the_simulated_prices(raw: RawClient, control: ControlClient, simulator: Simulator) -> None:
    _, before, _ = await raw.get("/global")
    await control.send("POST", "scenarios/correlated-crash", {"duration_s": 0.5})
    exchange = simulator.venue.exchange
    exchange.advance(exchange.now_ms + 5_000)
    _, after, _ = await raw.get("/global")
    fall = after["data"]["total_market_cap"]["usd"] / before["data"]["total_market_cap"]["usd"]
    bitcoin = float(exchange.ticker_24h(Market.SPOT, "BTCUSDT").last)
    assert bitcoin == pytest.approx(60_000, rel=0.02)
    assert fall < 0.65
    assert after["data"]["market_cap_change_percentage_24h_usd"] < -30.0
