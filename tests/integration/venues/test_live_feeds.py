import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator
from tests.integration.venues.place import Place
from tests.integration.venues.stream_proxy import StreamProxy

from poise_common.platform.clock import utc_now
from poise_venues.channels import Channel
from poise_venues.errors import FeedGap, VenueUnreachable
from poise_venues.live_feeds import LiveFeeds
from poise_venues.market_data import MarketData, open_market_data
from poise_venues.observations import BookView

SPOTS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
PERPETUAL = "BTC/USDT:USDT"


@pytest.fixture
async def proxy(simulator: Simulator) -> AsyncIterator[StreamProxy]:
    async with StreamProxy(simulator.http_url).listening() as listening:
        yield listening


@pytest.fixture
async def feeds(redis: Redis, proxy: StreamProxy, place: Place) -> AsyncIterator[LiveFeeds]:
    market_data: MarketData = open_market_data(place.name, place.config(proxy.url), redis=redis, now=utc_now)
    await market_data.session.connect()
    live = LiveFeeds(market_data, snapshot_levels=100, levels=20)
    yield live
    await live.close()


async def watch_on(feeds: LiveFeeds, symbol: str) -> None:
    while True:
        await feeds.next_book(symbol)


async def test_many_symbols_share_one_connection_and_each_speaks_for_itself(
    feeds: LiveFeeds, proxy: StreamProxy
) -> None:
    subscribing = asyncio.create_task(feeds.subscribe(Channel.BOOKS, SPOTS))
    await asyncio.sleep(0)
    books = await asyncio.gather(*(feeds.next_book(symbol) for symbol in SPOTS))
    await subscribing
    assert [book.symbol for book in books] == list(SPOTS)
    assert proxy.opened == 1
    for book in books:
        assert 0 < len(book.bids) <= 20
        assert book.bids[0].price < book.asks[0].price
        assert book.venue_time is None or book.received_at >= book.venue_time


async def test_books_go_forward(feeds: LiveFeeds) -> None:
    books = [await feeds.next_book("BTC/USDT") for _ in range(20)]
    sequences = [book.sequence for book in books]
    assert sequences == sorted(sequences)
    assert all(book.bids[0].price < book.asks[0].price for book in books)


@pytest.mark.parametrize("symbol", ["BTC/USDT", PERPETUAL])
async def test_a_lost_update_is_a_gap_and_a_fresh_snapshot_heals_it(
    feeds: LiveFeeds, proxy: StreamProxy, place: Place, symbol: str
) -> None:
    for _ in range(5):
        await feeds.next_book(symbol)
    proxy.lose = place.book_update
    await proxy.lost.wait()

    with pytest.raises(FeedGap, match=symbol):
        await watch_on(feeds, symbol)
    healed: BookView = await feeds.next_book(symbol)
    assert healed.bids[0].price < healed.asks[0].price


async def test_a_lost_connection_is_unreachable_and_watching_on_connects_anew(
    feeds: LiveFeeds, proxy: StreamProxy
) -> None:
    await feeds.next_book("BTC/USDT")
    proxy.cut()
    with pytest.raises(VenueUnreachable):
        await watch_on(feeds, "BTC/USDT")
    book = await feeds.next_book("BTC/USDT")
    assert book.bids
    assert proxy.opened == 2


@pytest.mark.parametrize(
    ("channel", "symbol", "next_of"),
    [
        (Channel.TRADES, "BTC/USDT", lambda feeds: feeds.next_trades),
        (Channel.TRADES, PERPETUAL, lambda feeds: feeds.next_trades),
        (Channel.CANDLES, "BTC/USDT", lambda feeds: feeds.next_candles),
        (Channel.CANDLES, PERPETUAL, lambda feeds: feeds.next_candles),
        (Channel.FUNDING, PERPETUAL, lambda feeds: feeds.next_funding),
    ],
)
async def test_every_channel_speaks_and_can_be_left(
    feeds: LiveFeeds, channel: Channel, symbol: str, next_of: Callable[[LiveFeeds], Callable[[str], Awaitable[Any]]]
) -> None:
    subscribing = asyncio.create_task(feeds.subscribe(channel, [symbol]))
    await asyncio.sleep(0)
    assert await next_of(feeds)(symbol)
    await subscribing
    await feeds.unsubscribe(channel, [symbol])


async def test_dropping_a_silent_connection_lets_the_watcher_connect_anew(feeds: LiveFeeds, proxy: StreamProxy) -> None:
    await feeds.next_book("BTC/USDT")
    waiting = asyncio.create_task(feeds.next_book("BTC/USDT"))
    await asyncio.sleep(0)
    feeds.drop_connections(Channel.BOOKS, ["BTC/USDT"])
    with pytest.raises(VenueUnreachable):
        await waiting
    await feeds.next_book("BTC/USDT")
    assert proxy.opened == 2


async def test_books_go_on_while_the_markets_are_read_again(feeds: LiveFeeds, proxy: StreamProxy) -> None:
    await feeds.next_book("BTC/USDT")
    proxy.answers.clear()
    reading = asyncio.create_task(feeds.learn_listings())
    await proxy.asked.wait()
    for _ in range(3):
        await feeds.next_book("BTC/USDT")
    assert not reading.done()
    proxy.answers.set()
    await reading
    assert feeds.knows("BTC/USDT")
