"""Names of market streams, parsed once into topics."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from poise_simulator.binance.intervals import INTERVALS_MS
from poise_simulator.domain.instruments import Market
from poise_simulator.faults.targets import Occasion, Target


class Feed(Enum):
    """What a market stream carries."""

    DIFF_DEPTH = "depthUpdate"
    PARTIAL_DEPTH = "depth"
    AGGREGATE_TRADE = "aggTrade"
    TRADE = "trade"
    KLINE = "kline"
    BOOK_TICKER = "bookTicker"
    TICKER = "24hrTicker"
    MINI_TICKER = "24hrMiniTicker"
    MARK_PRICE = "markPriceUpdate"
    LIQUIDATION = "forceOrder"


@dataclass(frozen=True, slots=True)
class Topic:
    """One market stream: a feed of one symbol, or of all when `symbol` is None."""

    market: Market
    feed: Feed
    symbol: str | None
    period_ms: int = 0
    levels: int = 0
    interval: str = ""
    name: str = ""


def occasion_of(topic: Topic) -> Occasion:
    """Describe a message of a topic to the fault plan."""
    return Occasion(
        Target.MARKET_STREAM,
        topic.name,
        market=topic.market,
        symbol=topic.symbol,
        is_depth_diff=topic.feed is Feed.DIFF_DEPTH,
    )


_DEPTH = re.compile(r"depth(5|10|20)?(?:@(100|250|500|1000)ms)?")
_MARK_PRICE = re.compile(r"markPrice(@arr)?(@1s)?")
_SPEEDS_MS = {Market.SPOT: (1000, 100), Market.FUTURES: (250, 100, 500)}
_PLAIN = {
    "aggTrade": Feed.AGGREGATE_TRADE,
    "trade": Feed.TRADE,
    "bookTicker": Feed.BOOK_TICKER,
    "ticker": Feed.TICKER,
    "miniTicker": Feed.MINI_TICKER,
}
_PERIODS_MS = {Feed.TICKER: 1000, Feed.MINI_TICKER: 1000, Feed.LIQUIDATION: 0}
_MARK_PRICE_PERIOD_MS = 3000
_KLINE_PERIOD_MS = {Market.SPOT: 1000, Market.FUTURES: 250}


def parse_topic(market: Market, name: str) -> Topic | None:
    """Return the topic a stream name means, None for a name the venue would accept and never send on."""
    head, separator, rest = name.partition("@")
    if head.startswith("!"):
        return _parse_all_symbols(market, name)
    if not separator or head != head.lower():
        return None
    symbol = head.upper()
    if rest in _PLAIN:
        feed = _PLAIN[rest]
        return Topic(market, feed, symbol, period_ms=_PERIODS_MS.get(feed, 0), name=name)
    if rest.startswith("kline_"):
        return _parse_kline(market, symbol, rest.removeprefix("kline_"), name)
    if (depth := _DEPTH.fullmatch(rest)) is not None:
        return _parse_depth(market, symbol, depth, name)
    return _parse_futures_only(symbol, rest, name) if market is Market.FUTURES else None


def _parse_kline(market: Market, symbol: str, interval: str, name: str) -> Topic | None:
    if interval not in INTERVALS_MS:
        return None
    period_ms = _KLINE_PERIOD_MS[market]
    return Topic(market, Feed.KLINE, symbol, period_ms=period_ms, interval=interval, name=name)


def _parse_futures_only(symbol: str, rest: str, name: str) -> Topic | None:
    if rest == "forceOrder":
        return Topic(Market.FUTURES, Feed.LIQUIDATION, symbol, name=name)
    mark = _MARK_PRICE.fullmatch(rest)
    if mark is None or mark[1]:
        return None
    return Topic(Market.FUTURES, Feed.MARK_PRICE, symbol, period_ms=_mark_period_ms(mark), name=name)


def _parse_depth(market: Market, symbol: str, match: re.Match[str], name: str) -> Topic | None:
    allowed = _SPEEDS_MS[market]
    period_ms = int(match[2]) if match[2] else allowed[0]
    if period_ms not in allowed:
        return None
    levels = int(match[1]) if match[1] else 0
    feed = Feed.PARTIAL_DEPTH if levels else Feed.DIFF_DEPTH
    return Topic(market, feed, symbol, period_ms=period_ms, levels=levels, name=name)


def _parse_all_symbols(market: Market, name: str) -> Topic | None:
    rest = name[1:]
    if rest in {"ticker@arr", "miniTicker@arr"}:
        feed = Feed.TICKER if rest.startswith("ticker") else Feed.MINI_TICKER
        return Topic(market, feed, None, period_ms=_PERIODS_MS[feed], name=name)
    if market is Market.SPOT:
        return None
    if rest == "bookTicker":
        return Topic(market, Feed.BOOK_TICKER, None, name=name)
    if rest == "forceOrder@arr":
        return Topic(market, Feed.LIQUIDATION, None, name=name)
    mark = _MARK_PRICE.fullmatch(rest)
    if mark is not None and mark[1]:
        return Topic(market, Feed.MARK_PRICE, None, period_ms=_mark_period_ms(mark), name=name)
    return None


def _mark_period_ms(match: re.Match[str]) -> int:
    return 1000 if match[2] else _MARK_PRICE_PERIOD_MS
