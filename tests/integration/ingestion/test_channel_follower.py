import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from tests.integration.conftest import Simulator
from tests.integration.venues.place import PAPER
from tests.integration.venues.stream_proxy import StreamProxy

from poise_common.platform.clock import utc_now
from poise_ingestion.adapters.channel_follower import ChannelFollower
from poise_ingestion.adapters.venue_outage import VenueOutage
from poise_venues.channels import Channel
from poise_venues.live_feeds import LiveFeeds
from poise_venues.market_data import open_market_data

SYMBOLS = frozenset({"BTC/USDT", "ETH/USDT"})
PATIENCE_S = 30


class Follower:
    """A follower of books by a proxy, and what it took."""

    def __init__(self, feeds: LiveFeeds, outage: VenueOutage) -> None:
        self._feeds = feeds
        self.taken: asyncio.Queue[str] = asyncio.Queue()
        self.interrupted: list[str] = []
        self.follower = ChannelFollower(
            feeds,
            Channel.BOOKS,
            name="spot books",
            outage=outage,
            take=self._take,
            interrupted=self._interrupted,
            silence_max_s=0.5,
        )

    async def _take(self, symbol: str) -> None:
        await self._feeds.next_book(symbol)
        self.taken.put_nowait(symbol)

    async def _interrupted(self, symbol: str) -> None:
        self.interrupted.append(symbol)

    async def until_all_speak(self, symbols: frozenset[str]) -> None:
        while not self.taken.empty():
            self.taken.get_nowait()
        seen: set[str] = set()
        async with asyncio.timeout(PATIENCE_S):
            while not seen >= symbols:
                seen.add(await self.taken.get())


@pytest.fixture
async def proxy(simulator: Simulator) -> AsyncIterator[StreamProxy]:
    async with StreamProxy(simulator.http_url).listening() as listening:
        yield listening


@pytest.fixture
async def following(redis_url: str, proxy: StreamProxy) -> AsyncIterator[Follower]:
    async with Redis.from_url(redis_url) as redis:
        market_data = open_market_data("paper", PAPER.config(proxy.url), redis=redis, now=utc_now)
        await market_data.session.connect()
        rig = Follower(LiveFeeds(market_data, snapshot_levels=100, levels=20), VenueOutage("paper"))
        rig.follower.follow(SYMBOLS)
        running = asyncio.create_task(rig.follower.run())
        await rig.until_all_speak(SYMBOLS)
        yield rig
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await market_data.session.close()


async def test_a_connection_that_is_open_and_silent_is_given_up_for_a_new_one(
    following: Follower, proxy: StreamProxy
) -> None:
    proxy.muted = True
    async with asyncio.timeout(PATIENCE_S):
        await proxy.opened_again.wait()
    proxy.muted = False
    await following.until_all_speak(SYMBOLS)
    assert set(following.interrupted) == SYMBOLS


async def test_a_dropped_connection_is_said_once_and_all_symbols_speak_again(
    following: Follower, proxy: StreamProxy
) -> None:
    with capture_logs() as logs:
        proxy.cut()
        async with asyncio.timeout(PATIENCE_S):
            await proxy.opened_again.wait()
        await following.until_all_speak(SYMBOLS)
    assert [log["event"] for log in logs] == ["venue_unreachable", "venue_reachable_again"]


async def test_a_gap_interrupts_one_symbol_and_leaves_the_connection_to_the_others(
    following: Follower, proxy: StreamProxy
) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not following.interrupted:
            if proxy.lose is None:  # what is lost before the book begins is no gap: then another one is
                proxy.lose = '"s":"BTCUSDT"'
            await following.taken.get()
    proxy.lose = None
    await following.until_all_speak(SYMBOLS)
    assert set(following.interrupted) == {"BTC/USDT"}
    assert proxy.opened == 1


async def test_symbols_come_and_go_on_one_connection(following: Follower, proxy: StreamProxy) -> None:
    following.follower.follow(frozenset({"ETH/USDT", "SOL/USDT"}))
    await following.until_all_speak(frozenset({"ETH/USDT", "SOL/USDT"}))
    following.follower.follow(SYMBOLS)
    await following.until_all_speak(SYMBOLS)
    assert proxy.opened == 1
    assert not following.interrupted
