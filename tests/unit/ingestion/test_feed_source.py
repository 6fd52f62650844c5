import asyncio
from collections.abc import Sequence

from tests.unit.ingestion.desk import NOON, VENUE, instrument

from poise_common.contracts.message import Message
from poise_common.domain.ids import seeded_ids
from poise_common.domain.order_books import Level
from poise_ingestion.adapters.feed_source import VenueFeeds
from poise_ingestion.adapters.venue_outage import VenueOutage
from poise_ingestion.domain.effects import Followed
from poise_venues.channels import Channel
from poise_venues.live_feeds import LiveFeeds
from poise_venues.observations import BookView

PATIENCE_S = 30
BTC, ETH = (Followed(instrument=instrument(base), asset=base, tier=1, price_only=True) for base in ("BTC", "ETH"))


class BooksOnDemand(LiveFeeds):
    """A venue that shows each book when the test lets it."""

    def __init__(self) -> None:
        self.asked_for: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: dict[str, asyncio.Future[None]] = {}

    @property
    def venue(self) -> str:
        return VENUE

    def knows(self, symbol: str) -> bool:
        return True

    async def connect(self) -> None:
        """Have the markets read."""

    async def subscribe(self, channel: Channel, symbols: Sequence[str]) -> None:
        """Have everything subscribed to."""

    async def unsubscribe(self, channel: Channel, symbols: Sequence[str]) -> None:
        """Have everything stopped."""

    async def next_book(self, symbol: str) -> BookView:
        self._waiting[symbol] = asyncio.get_running_loop().create_future()
        self.asked_for.put_nowait(symbol)
        await self._waiting[symbol]
        levels = (Level(1.0, 1.0),)
        return BookView(symbol=symbol, sequence=1, venue_time=NOON, received_at=NOON, bids=levels, asks=levels)

    def show(self, symbol: str) -> None:
        self._waiting[symbol].set_result(None)


async def test_a_book_that_was_on_its_way_when_its_instrument_was_given_up_harms_nobody() -> None:
    shown: asyncio.Queue[Message] = asyncio.Queue()
    books = BooksOnDemand()
    feeds = VenueFeeds(
        books, outage=VenueOutage(VENUE), silence_max_s=60, now=lambda: NOON, new_id=seeded_ids(1), push=shown.put
    )
    feeds.follow([BTC, ETH])
    running = asyncio.create_task(feeds.run())
    async with asyncio.timeout(PATIENCE_S):
        assert {await books.asked_for.get() for _ in range(2)} == {BTC.instrument.symbol, ETH.instrument.symbol}
        feeds.follow([ETH])
        books.show(BTC.instrument.symbol)
        books.show(ETH.instrument.symbol)
        assert getattr(await shown.get(), "symbol", None) == ETH.instrument.symbol
        while await books.asked_for.get() != ETH.instrument.symbol:
            pass
    assert shown.empty()
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])
