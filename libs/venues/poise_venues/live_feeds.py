"""Watching a venue's markets over WebSocket: one connection a channel, symbols come and go."""

from collections.abc import Sequence
from typing import Any

from poise_common.contracts.market_data import Candle
from poise_common.domain.clock import from_ms
from poise_common.domain.instruments import Side
from poise_venues import ccxt_modules
from poise_venues.channels import Channel
from poise_venues.dialects import RunningFunding
from poise_venues.errors import FeedGap
from poise_venues.market_data import MarketData
from poise_venues.observations import BookView, PrintedTrade

_MINUTE = "1m"


class LiveFeeds:
    """A venue's channels. Subscribe to many symbols at once, then await each symbol's next item.

    Every method raises VenueUnreachable when the connection is lost; subscribing again connects anew.
    """

    def __init__(self, market_data: MarketData, *, snapshot_levels: int, levels: int) -> None:
        self._market_data = market_data
        self._session = market_data.session
        self._exchange = market_data.session.exchange
        self._snapshot_levels = snapshot_levels
        self._levels = levels
        self._dialect = market_data.session.dialect
        # Of a wrong checksum too: it is one of those.
        self._gap_error: type[Exception] = ccxt_modules.errors().InvalidNonce
        self._network_error: type[Exception] = ccxt_modules.errors().NetworkError

    @property
    def venue(self) -> str:
        return self._session.venue

    async def connect(self) -> None:
        """Read the venue's markets; before the first subscription, and by nobody who may be cancelled on the way."""
        await self._session.connect()

    def knows(self, symbol: str) -> bool:
        """Tell whether a symbol can be subscribed to: one listed since the markets were read can't."""
        return self._session.knows(symbol)

    async def learn_listings(self) -> None:
        """Read the markets again; as `connect`, by nobody who may be cancelled on the way."""
        await self._session.reload_markets()

    async def subscribe(self, channel: Channel, symbols: Sequence[str]) -> None:
        """Ask for a channel of many symbols in one message; returns when the first of them speaks."""
        with self._session.reaching(f"subscribing to {channel.name.lower()}"):
            match channel:
                case Channel.BOOKS:
                    await self._exchange.watch_order_book_for_symbols(list(symbols), self._snapshot_levels)
                case Channel.TRADES:
                    await self._exchange.watch_trades_for_symbols(list(symbols))
                case Channel.CANDLES:
                    await self._exchange.watch_ohlcv_for_symbols([[symbol, _MINUTE] for symbol in symbols])
                case Channel.FUNDING:
                    await self._dialect.watch_fundings(self._exchange, symbols)

    async def unsubscribe(self, channel: Channel, symbols: Sequence[str]) -> None:
        """Stop a channel of some symbols."""
        with self._session.reaching(f"unsubscribing from {channel.name.lower()}"):
            match channel:
                case Channel.BOOKS:
                    await self._exchange.un_watch_order_book_for_symbols(list(symbols))
                case Channel.TRADES:
                    await self._exchange.un_watch_trades_for_symbols(list(symbols))
                case Channel.CANDLES:
                    await self._exchange.un_watch_ohlcv_for_symbols([[symbol, _MINUTE] for symbol in symbols])
                case Channel.FUNDING:
                    await self._dialect.unwatch_fundings(self._exchange, symbols)

    async def next_book(self, symbol: str) -> BookView:
        """Return the book after its next change; FeedGap where updates are missing (watching on heals it)."""
        with self._session.reaching(f"watching the order book of {symbol}"):
            try:
                raw = await self._exchange.watch_order_book_for_symbols([symbol], self._snapshot_levels)
            except self._gap_error as error:
                raise FeedGap(self._session.venue, symbol) from error
            return self._market_data.book_view(symbol, raw, self._levels)

    async def next_trades(self, symbol: str) -> tuple[PrintedTrade, ...]:
        """Return the trades printed since the last call."""
        with self._session.reaching(f"watching trades of {symbol}"):
            raw_trades = await self._exchange.watch_trades_for_symbols([symbol])
            size = float(self._exchange.markets[symbol]["contractSize"] or 1)
            return tuple(
                PrintedTrade(
                    time=from_ms(int(raw["timestamp"])), side=Side(raw["side"]), quantity=float(raw["amount"]) * size
                )
                for raw in raw_trades
            )

    async def next_candles(self, symbol: str) -> tuple[Candle, ...]:
        """Return the 1m candles that changed since the last call, the running one among them."""
        with self._session.reaching(f"watching candles of {symbol}"):
            by_symbol: Any = await self._exchange.watch_ohlcv_for_symbols([[symbol, _MINUTE]])
            return tuple(self._market_data.candle(symbol, raw) for raw in by_symbol[symbol][_MINUTE])

    async def next_funding(self, symbol: str) -> RunningFunding:
        """Return the running funding after its next change."""
        with self._session.reaching(f"watching the running funding of {symbol}"):
            return await self._dialect.next_funding(self._exchange, symbol)

    def drop_connections(self, channel: Channel, symbols: Sequence[str]) -> None:
        """Close the connections that carry these symbols: a connection that is open and silent."""
        hashes = frozenset[str]().union(*(self._dialect.subscriptions(channel, symbol) for symbol in symbols))
        for client in list(self._exchange.clients.values()):
            if hashes & client.subscriptions.keys():
                # Not `close`: that cancels whoever waits, as if they had been told to stop.
                client.on_error(self._network_error("connection dropped here: it was silent"))

    async def close(self) -> None:
        """Close all connections of the session."""
        await self._session.close()
