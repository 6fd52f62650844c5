"""All market streams together: events and the clock in, messages out to the hub."""

from __future__ import annotations

from poise_simulator.binance.streams.candles import CandleStreams
from poise_simulator.binance.streams.depth import DepthStreams, Publish
from poise_simulator.binance.streams.hub import Hub
from poise_simulator.binance.streams.names import Feed, Topic
from poise_simulator.binance.streams.statistics import StatisticStreams
from poise_simulator.binance.streams.trades import TradeStreams
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.events import DepthChanged, Event, OrderUpdated, TradePrinted
from poise_simulator.protocol.schedule import Schedule

_DEPTH = frozenset({Feed.DIFF_DEPTH, Feed.PARTIAL_DEPTH, Feed.BOOK_TICKER})
_TRADES = frozenset({Feed.TRADE, Feed.AGGREGATE_TRADE, Feed.LIQUIDATION})


class MarketStreams:
    """Do the work of the topics that are listened to, and none for the others."""

    def __init__(self, venue: Venue, hub: Hub, publish: Publish) -> None:
        self._venue = venue
        self._schedule: Schedule[Topic] = Schedule()
        self._depth = DepthStreams(venue, publish)
        self._trades = TradeStreams(venue, publish)
        self._candles = CandleStreams(venue, publish)
        self._statistics = StatisticStreams(venue, publish)
        hub.markets.watch(self._start, self._stop)

    def listen(self, events: list[Event]) -> None:
        """Take what happened on the exchange."""
        for event in events:
            if isinstance(event, DepthChanged):
                self._depth.depth_changed(event)
            elif isinstance(event, TradePrinted):
                self._trades.trade_printed(event)
                self._candles.trade_printed(event)
            elif isinstance(event, OrderUpdated):
                self._trades.order_updated(event)

    def tick(self, now_ms: int) -> None:
        """Send what is due by the clock."""
        for topic in self._schedule.take_due(now_ms):
            if topic.feed in _DEPTH:
                self._depth.due(topic)
            elif topic.feed is Feed.KLINE:
                self._candles.due(topic)
            else:
                self._statistics.due(topic)

    def _start(self, topic: Topic) -> None:
        if topic.feed in _DEPTH:
            self._depth.start(topic)
        elif topic.feed in _TRADES:
            self._trades.start(topic)
        elif topic.feed is Feed.KLINE:
            self._candles.start(topic)
        if topic.period_ms:
            self._schedule.add(topic, self._venue.engine_ms)

    def _stop(self, topic: Topic) -> None:
        self._schedule.remove(topic)
        if topic.feed in _DEPTH:
            self._depth.stop(topic)
        elif topic.feed in _TRADES:
            self._trades.stop(topic)
        elif topic.feed is Feed.KLINE:
            self._candles.stop(topic)
