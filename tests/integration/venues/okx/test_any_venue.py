"""Market data by ccxt's unified methods alone, as of a venue that no dialect knows; here the simulator plays one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator
from tests.integration.venues.place import Place

from poise_common.contracts.market_data import CandleInterval
from poise_common.domain.instruments import InstrumentKind
from poise_common.platform.clock import utc_now
from poise_venues.channels import Channel
from poise_venues.generic.dialect import GenericDialect
from poise_venues.live_feeds import LiveFeeds
from poise_venues.market_data import MarketData
from poise_venues.parameters import VenueConfig
from poise_venues.session import open_session

SPOT, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"


@pytest.fixture
async def market_data(redis: Redis, simulator: Simulator, place: Place) -> AsyncIterator[MarketData]:
    shipped = place.config(simulator.http_url).model_dump()
    config = VenueConfig.model_validate(
        shipped
        | {
            "base_url": None,
            "api_key": None,
            "secret": None,
            "password": None,
            "urls": {"rest": simulator.http_url, "ws": f"{simulator.ws_url}/ws/v5"},
            "options": {"fetchMarkets": {"types": ["spot", "swap"]}},
        }
    )
    session = open_session("any", config, redis=redis, now=utc_now, dialect=GenericDialect(0.05))
    opened = MarketData(session, config, utc_now)
    await session.connect()
    yield opened
    await session.close()


async def test_markets_and_their_instruments_are_read_with_the_fees_of_the_configuration(
    market_data: MarketData, place: Place
) -> None:
    assert {SPOT, PERPETUAL} <= {listing.symbol for listing in market_data.listings()}
    instruments = await market_data.instruments((SPOT, PERPETUAL))
    perpetual = instruments[PERPETUAL]
    assert (perpetual.kind, perpetual.funding_interval_s) == (InstrumentKind.LINEAR_PERPETUAL, 28_800)
    assert perpetual.contract_size != 1
    assert instruments[SPOT].taker_fee == place.config("http://venue").fees.taker


async def test_books_and_candles_are_read_in_base_units(market_data: MarketData) -> None:
    book = await market_data.book(PERPETUAL, 10)
    assert book.bids[0].price < book.asks[0].price
    candles = await market_data.closed_candles(SPOT, CandleInterval.MINUTE, utc_now() - timedelta(hours=12))
    opened = [candle.opened_at_ms for candle in candles]
    assert len(opened) >= 719
    assert opened == list(range(opened[0], opened[-1] + 1, 60_000))


async def test_books_and_trades_are_watched(market_data: MarketData) -> None:
    feeds = LiveFeeds(market_data, snapshot_levels=100, levels=5)
    for channel, take in ((Channel.BOOKS, feeds.next_book), (Channel.TRADES, feeds.next_trades)):
        subscribing = asyncio.create_task(feeds.subscribe(channel, [SPOT]))
        await asyncio.sleep(0)
        assert await take(SPOT)
        await subscribing
