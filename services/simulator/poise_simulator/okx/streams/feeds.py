"""The feeds of all public channels."""

from __future__ import annotations

from poise_simulator.okx.streams.books import BookFeed
from poise_simulator.okx.streams.candles import CandleFeed
from poise_simulator.okx.streams.feed import Feed, Publish
from poise_simulator.okx.streams.listings import ListingFeed
from poise_simulator.okx.streams.references import ReferenceFeed
from poise_simulator.okx.streams.tickers import TickerFeed
from poise_simulator.okx.streams.trades import TradeFeed
from poise_simulator.okx.venue import OkxVenue


def market_feeds(venue: OkxVenue, publish: Publish) -> list[Feed]:
    """Return a feed for every public channel."""
    return [
        BookFeed(venue, publish),
        TradeFeed(venue, publish),
        TickerFeed(venue, publish),
        CandleFeed(venue, publish),
        ReferenceFeed(venue, publish),
        ListingFeed(venue, publish),
    ]
