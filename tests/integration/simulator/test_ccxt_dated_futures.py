"""Dated futures as ccxt and ccxt.pro find, watch, trade and see delivered."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.integration.simulator.conftest import MovableClock, RawClient

from poise_simulator.app import Simulator
from poise_simulator.settings import DatedSettings, SimulatorSettings

LIFE_S = 40
SHOWN_AFTER_DELIVERY_S = 30


@pytest.fixture
def settings() -> SimulatorSettings:
    return SimulatorSettings(
        port=0,
        seed=7,
        funding_interval_s=3_600,
        dated=DatedSettings(first_expiry_s=LIFE_S, shown_after_delivery_s=SHOWN_AFTER_DELIVERY_S),
    )


async def dated(client: Any) -> list[Any]:
    """Load the markets; return BTC's dated futures, nearest expiry first."""
    markets = (await client.load_markets(True)).values()
    return sorted((m for m in markets if m["future"] and m["base"] == "BTC"), key=lambda market: market["expiry"])


async def move_to(client: Any, simulator: Simulator, clock: MovableClock, time_ms: int) -> None:
    """Move the venue's clock forward, and the venue and the client with it."""
    clock.reach(time_ms)
    simulator.venue.synchronise()
    await client.load_time_difference()


async def test_contracts_have_unified_symbols_expiries_and_types(client: Any) -> None:
    short, current, following = await dated(client)
    for market in (short, current, following):
        day = datetime.fromtimestamp(market["expiry"] / 1_000, UTC)
        assert market["symbol"] == f"BTC/USDT:USDT-{day:%y%m%d}"
        assert market["id"] == f"BTCUSDT_{day:%y%m%d}"
        assert (market["linear"], market["settle"], market["active"]) == (True, "USDT", True)
    assert [market["info"]["contractType"] for market in (short, current, following)] == [
        "CURRENT_MONTH",
        "CURRENT_QUARTER",
        "NEXT_QUARTER",
    ]
    assert (datetime.fromtimestamp(current["expiry"] / 1_000, UTC).hour, current["info"]["pair"]) == (8, "BTCUSDT")


async def test_market_data_is_that_of_any_future_but_for_funding(client: Any, raw: RawClient) -> None:
    (_, market, _) = await dated(client)
    symbol = market["symbol"]
    book = await client.fetch_order_book(symbol, 10)
    ticker = await client.fetch_ticker(symbol)
    tickers = await client.fetch_tickers([symbol])
    candles = await client.fetch_ohlcv(symbol, "1h", limit=24)
    mark = await client.fetch_mark_price(symbol)
    tiers = await client.fetch_leverage_tiers([symbol])
    assert book["bids"][0][0] < book["asks"][0][0]
    assert ticker["quoteVolume"] > 1e6
    assert tickers[symbol]["quoteVolume"] == pytest.approx(ticker["quoteVolume"], rel=1e-3)
    assert len(candles) == 24
    assert mark["markPrice"] > mark["indexPrice"], "in contango"
    assert tiers[symbol][0]["maxLeverage"] == 50
    _, premium, _ = await raw.get("/fapi/v1/premiumIndex", symbol=market["id"])
    assert (premium["lastFundingRate"], premium["nextFundingTime"]) == ("", 0)
    _, infos, _ = await raw.get("/fapi/v1/fundingInfo")
    assert market["id"] not in {info["symbol"] for info in infos}
    _, quarter, _ = await raw.get(
        "/fapi/v1/continuousKlines", pair="BTCUSDT", contractType="CURRENT_QUARTER", interval="1h", limit=1
    )
    assert Decimal(quarter[0][1]) == pytest.approx(Decimal(str(candles[-1][1])), rel=Decimal("0.001"))


async def test_books_trades_and_marks_are_watched(client: Any) -> None:
    (_, market, _) = await dated(client)
    symbol = market["symbol"]
    book = await client.watch_order_book(symbol, 100)
    mark = (await client.watch_mark_prices([symbol]))[symbol]
    assert book["bids"][0][0] < book["asks"][0][0]
    assert mark["markPrice"] == pytest.approx(book["asks"][0][0], rel=0.02)
    assert mark["info"]["r"] == ""


async def test_a_position_is_opened_shown_and_delivered_in_cash(
    client: Any, simulator: Simulator, clock: MovableClock
) -> None:
    (market, _, _) = await dated(client)
    symbol = market["symbol"]
    assert await client.set_leverage(5, symbol)
    fee = await client.fetch_trading_fee(symbol)
    await client.authenticate({"type": "future"})
    watching = asyncio.ensure_future(client.watch_my_trades(symbol))
    await asyncio.sleep(0)
    for connection in client.clients.values():
        await connection.connected
    order = await client.create_order(symbol, "market", "sell", 0.02)
    trades = await watching
    assert {(trade["order"], trade["symbol"]) for trade in trades} == {(order["id"], symbol)}
    bid = (await client.fetch_order_book(symbol, 5))["bids"][0][0]
    resting = await client.create_order(symbol, "limit", "buy", 0.01, client.price_to_precision(symbol, bid * 0.98))
    (position,) = await client.fetch_positions([symbol])
    assert (position["side"], position["contracts"], position["symbol"]) == ("short", 0.02, symbol)
    before = Decimal((await client.fapiPrivateV3GetAccount())["totalWalletBalance"])

    await move_to(client, simulator, clock, market["expiry"])
    ended = await client.fetch_order(resting["id"], symbol)
    assert ended["status"] == "canceled"
    assert await client.fetch_positions([symbol]) == []
    (settled,) = await client.fapiPrivateGetIncome({"incomeType": "DELIVERED_SETTELMENT"})
    (delivery,) = await client.fapiDataGetDeliveryPrice({"pair": "BTCUSDT"})
    assert settled["symbol"] == market["id"]
    assert int(delivery["deliveryTime"]) == market["expiry"]
    price, entry = Decimal(str(delivery["deliveryPrice"])), Decimal(str(position["entryPrice"]))
    assert Decimal(settled["income"]) == Decimal("0.02") * (entry - price)
    after = Decimal((await client.fapiPrivateV3GetAccount())["totalWalletBalance"])
    assert after - before == Decimal(settled["income"])
    assert fee["taker"] == 0.0005

    with pytest.raises(Exception, match="-414"):
        await client.create_order(symbol, "market", "buy", 0.01)


async def test_what_was_delivered_leaves_the_lists_and_the_rest_goes_on(
    client: Any, simulator: Simulator, clock: MovableClock
) -> None:
    (market, current, following) = await dated(client)
    await move_to(client, simulator, clock, market["expiry"])
    closed = (await client.load_markets(True))[market["symbol"]]
    assert (closed["active"], closed["info"]["status"]) == (False, "SETTLING")
    await move_to(client, simulator, clock, market["expiry"] + SHOWN_AFTER_DELIVERY_S * 1_000)
    listed = await dated(client)
    assert [one["symbol"] for one in listed] == [current["symbol"], following["symbol"]]
    assert (await client.fetch_order_book(current["symbol"], 5))["bids"]


async def test_stablecoin_pairs_are_ordinary_spot(client: Any) -> None:
    await client.load_markets()
    for symbol in ("USDC/USDT", "FDUSD/USDT", "BTC/USDC", "ETH/USDC"):
        book = await client.fetch_order_book(symbol, 5)
        assert book["bids"][0][0] < book["asks"][0][0]
    bought = await client.create_order("USDC/USDT", "market", "buy", 5_000)
    assert bought["status"] == "closed"
    crossed = await client.create_order("BTC/USDC", "market", "buy", 0.01)
    assert crossed["status"] == "closed"
    balance = await client.fetch_balance()
    assert balance["BTC"]["free"] == pytest.approx(0.01 * (1 - 0.0005))
    assert 0 < balance["USDC"]["free"] < 5_000
