"""Tickers: rolling 24 h statistics and best prices; and the books that they are of."""

from __future__ import annotations

from decimal import Decimal

from poise_simulator.okx.bars import BARS, candles
from poise_simulator.okx.book_levels import levels, rows
from poise_simulator.okx.endpoint import Call, Endpoint, Rows, public
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.reference_data import chosen
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.okx.wire import millis, number

MAX_DEPTH, MAX_FULL_DEPTH = 400, 5_000


def ticker_row(venue: OkxVenue, item: OkxInstrument) -> dict[str, object]:
    """Write a ticker, as REST and the `tickers` channel have it. Volumes are in contracts and in base units."""
    listed = item.listed
    ticker = venue.exchange.ticker_24h(listed.market, listed.symbol)
    book = venue.exchange.book(listed.market, listed.symbol, 1)
    (bid, bid_size), (ask, ask_size) = (
        (number(side[0][0]), item.size(side[0][1])) if side else ("", "") for side in (book.bids, book.asks)
    )
    return {
        "instType": item.inst_type.value,
        "instId": item.inst_id,
        "last": number(ticker.last),
        "lastSz": item.size(ticker.last_quantity),
        "askPx": ask,
        "askSz": ask_size,
        "bidPx": bid,
        "bidSz": bid_size,
        "open24h": number(ticker.open),
        "high24h": number(ticker.high),
        "low24h": number(ticker.low),
        "volCcy24h": number(ticker.volume if item.is_derivative else ticker.quote_volume),
        "vol24h": item.size(ticker.volume),
        "sodUtc0": number(opening(venue, item, "1Dutc", ticker.open)),
        "sodUtc8": number(opening(venue, item, "1D", ticker.open)),
        "ts": millis(venue.now_ms),
    }


def opening(venue: OkxVenue, item: OkxInstrument, bar: str, otherwise: Decimal) -> Decimal:
    """Return the price that a running candle opened at."""
    now_ms = venue.exchange.now_ms
    found = candles(venue.exchange, item, BARS[bar], from_ms=None, before_ms=now_ms + 1, limit=1)
    return found[-1].open if found else otherwise


def tickers(call: Call) -> Rows:
    """Answer `market/tickers`: those of a type, or of one family of it."""
    return [ticker_row(call.venue, item) for item in chosen(call)]


def ticker(call: Call) -> Rows:
    """Answer `market/ticker`."""
    return [ticker_row(call.venue, call.instrument)]


def books(call: Call) -> Rows:
    """Answer `market/books`: one level unless `sz` says more."""
    return _book(call, call.parameters.limit(1, MAX_DEPTH, "sz"))


def books_full(call: Call) -> Rows:
    """Answer `market/books-full`."""
    return _book(call, call.parameters.limit(1, MAX_FULL_DEPTH, "sz"))


def _book(call: Call, depth: int) -> Rows:
    item = call.instrument
    book = call.venue.exchange.book(item.listed.market, item.listed.symbol, depth)
    return [
        {
            "asks": rows(levels(book.asks, item)),
            "bids": rows(levels(book.bids, item)),
            "ts": millis(call.venue.now_ms),
            "seqId": book.last_update_id,
        }
    ]


ENDPOINTS: tuple[Endpoint, ...] = (
    public("market/tickers", 20, tickers),
    public("market/ticker", 20, ticker),
    public("market/books", 40, books),
    public("market/books-full", 10, books_full),
)
