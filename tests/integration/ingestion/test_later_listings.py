"""What a venue lists while the desk runs: followed and traded without a restart."""

import asyncio

from redis.asyncio import Redis
from tests.integration.conftest import Simulator
from tests.integration.venues.place import PAPER

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.message import Message
from poise_common.domain.ids import seeded_ids
from poise_common.domain.instruments import InstrumentKind
from poise_common.platform.clock import utc_now
from poise_ingestion.adapters.feed_source import VenueFeeds
from poise_ingestion.adapters.venue_outage import VenueOutage
from poise_ingestion.domain.effects import Followed
from poise_venues.live_feeds import LiveFeeds
from poise_venues.market_data import open_market_data
from poise_venues.trading import open_trading_session

PATIENCE_S = 30


async def test_a_contract_listed_since_the_markets_were_read_is_followed_and_the_others_go_on(
    redis_url: str, simulator: Simulator
) -> None:
    async with Redis.from_url(redis_url) as redis:
        market_data = open_market_data("paper", PAPER.config(simulator.http_url), redis=redis, now=utc_now)
        await market_data.session.connect()
        dated = [one.symbol for one in market_data.listings() if one.kind is InstrumentKind.LINEAR_FUTURE]
        instruments = await market_data.instruments(tuple(dated))
        shown: asyncio.Queue[str] = asyncio.Queue()

        async def push(message: Message) -> None:
            if isinstance(message, OrderBook):
                shown.put_nowait(message.symbol)

        feeds = VenueFeeds(
            LiveFeeds(market_data, snapshot_levels=500, levels=5),
            outage=VenueOutage("paper"),
            silence_max_s=20.0,
            now=utc_now,
            new_id=seeded_ids(1),
            push=push,
        )
        late, *known = [Followed(instrument=one, asset=one.base, tier=1) for one in instruments.values()]
        feeds.follow(known)
        running = asyncio.create_task(feeds.run())
        async with asyncio.timeout(PATIENCE_S):
            assert await shown.get() in {one.instrument.symbol for one in known}
            del market_data.session.exchange.markets[late.instrument.symbol]
            feeds.follow([late, *known])
            while await shown.get() != late.instrument.symbol:
                pass
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await market_data.session.close()


async def test_a_contract_listed_since_the_session_connected_is_prepared_for_trading(
    redis_url: str, simulator: Simulator
) -> None:
    async with Redis.from_url(redis_url) as redis:
        market_data = open_market_data("paper", PAPER.config(simulator.http_url), redis=redis, now=utc_now)
        await market_data.session.connect()
        symbol = next(one.symbol for one in market_data.listings() if one.kind is InstrumentKind.LINEAR_FUTURE)
        contract = (await market_data.instruments((symbol,)))[symbol]
        await market_data.session.close()
        trading = open_trading_session("paper", PAPER.config(simulator.http_url), redis=redis, now=utc_now)
        await trading.connect()
        del trading._exchange.markets[symbol]
        await trading.set_leverage(contract, 3)
        assert symbol in trading._exchange.markets
        await trading.close()
