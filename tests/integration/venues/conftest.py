from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator
from tests.integration.execution.venue_proxy import VenueProxy
from tests.integration.venues.control import Control, control_of
from tests.integration.venues.market import PERPETUAL, SPOT, Market
from tests.integration.venues.place import PAPER, Place

from poise_common.platform.clock import utc_now
from poise_venues.market_data import MarketData, open_market_data
from poise_venues.trading import TradingSession, open_trading_session


@pytest.fixture
def place() -> Place:
    """Which of the simulator's venues is tested."""
    return PAPER


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
async def market_data(redis: Redis, simulator: Simulator, place: Place) -> AsyncIterator[MarketData]:
    opened = open_market_data(place.name, place.config(simulator.http_url), redis=redis, now=utc_now)
    await opened.session.connect()
    yield opened
    await opened.session.close()


@pytest.fixture
async def market(market_data: MarketData) -> Market:
    return Market(market_data, await market_data.instruments((SPOT, PERPETUAL)))


@pytest.fixture
async def trading(redis: Redis, simulator: Simulator, place: Place) -> AsyncIterator[TradingSession]:
    opened = open_trading_session(place.name, place.config(simulator.http_url), redis=redis, now=utc_now)
    await opened.connect()
    yield opened
    await opened.close()


@pytest.fixture
async def proxy(simulator: Simulator) -> AsyncIterator[VenueProxy]:
    async with VenueProxy(simulator.http_url).listening() as listening:
        yield listening


@pytest.fixture
async def trading_by_proxy(redis: Redis, proxy: VenueProxy, place: Place) -> AsyncIterator[TradingSession]:
    """A trading session whose order requests the proxy may lose; it waits half a second for an answer."""
    config = place.config(proxy.url, request_timeout_ms="500")
    opened = open_trading_session(place.name, config, redis=redis, now=utc_now)
    await opened.connect()
    yield opened
    proxy.release()
    await opened.close()


@pytest.fixture
async def control(simulator: Simulator) -> AsyncIterator[Control]:
    async with control_of(simulator.http_url) as opened:
        yield opened


@pytest.fixture
async def hasty(redis: Redis, simulator: Simulator, place: Place) -> AsyncIterator[TradingSession]:
    """A trading session that waits half a second for an answer."""
    config = place.config(simulator.http_url, request_timeout_ms="500")
    opened = open_trading_session(place.name, config, redis=redis, now=utc_now)
    await opened.connect()
    yield opened
    await opened.close()
