"""Market messages that a fault strikes on their way to the streams: left out, or the socket dropped in their place."""

from __future__ import annotations

from collections.abc import Callable

from poise_simulator.binance.streams.hub import Hub
from poise_simulator.binance.streams.names import Feed, Topic
from poise_simulator.binance.venue import Venue
from poise_simulator.faults import stream_kinds
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.faults.targets import Occasion, Target


class MarketOutlet:
    """Sends market messages through the hub, by way of the fault plan."""

    def __init__(self, venue: Venue, hub: Hub, plan: FaultPlan) -> None:
        self._venue = venue
        self._hub = hub
        self._plan = plan

    def watch(self, on_first: Callable[[Topic], None], on_last: Callable[[Topic], None]) -> None:
        """Call back when a topic gets its first and loses its last subscriber."""
        self._hub.watch(on_first, on_last)

    def publish(self, topic: Topic, message: object) -> None:
        """Send one message to those who listen to a topic, unless a fault takes it."""
        if self._plan.is_sound() or not self._is_struck(topic):
            self._hub.publish(topic, message)

    def _is_struck(self, topic: Topic) -> bool:
        occasion = Occasion(
            Target.MARKET_STREAM,
            topic.name,
            market=topic.market,
            symbol=topic.symbol,
            is_depth_diff=topic.feed is Feed.DIFF_DEPTH,
        )
        strike = self._plan.strike(occasion, self._venue.now_ms)
        if strike is not None and isinstance(strike.fault, stream_kinds.DropSocket):
            self._hub.hang_up_topic(topic)
        return strike is not None
