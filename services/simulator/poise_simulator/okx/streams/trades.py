"""Public trades as they print: all of one order's at one price together, or each alone."""

from __future__ import annotations

from collections.abc import Sequence

from poise_simulator.domain.events import Event, TradePrinted
from poise_simulator.okx.streams.channels import Topic
from poise_simulator.okx.streams.feed import Publish, message
from poise_simulator.okx.trades import trade_row
from poise_simulator.okx.venue import OkxVenue


class TradeFeed:
    """Pass on public trades. The exchange prints a level's trade as one, so none are left to put together."""

    channels = frozenset({"trades", "trades-all"})

    def __init__(self, venue: OkxVenue, publish: Publish) -> None:
        self._venue = venue
        self._publish = publish
        self._by_inst_id: dict[str, list[Topic]] = {}

    def start(self, topic: Topic) -> None:
        """Begin a topic."""
        self._by_inst_id.setdefault(topic.named("instId"), []).append(topic)

    def stop(self, topic: Topic) -> None:
        """End a topic."""
        self._by_inst_id[topic.named("instId")].remove(topic)

    def catch_up(self, topic: Topic) -> None:
        """Gather nothing."""

    def greet(self, _: Topic, /) -> Sequence[object]:
        """Say nothing of trades before."""
        return ()

    def hear(self, event: Event) -> None:
        """Send one trade."""
        if not isinstance(event, TradePrinted):
            return
        item = self._venue.named(event.market, event.symbol)
        for topic in self._by_inst_id.get(item.inst_id, ()):
            row = trade_row(
                item, event.trade_id, event.price, event.quantity, event.time_ms, buyer_is_maker=event.buyer_is_maker
            )
            self._publish(topic, message(topic, row if topic.channel == "trades-all" else {**row, "count": "1"}))

    def due(self, topic: Topic) -> None:
        """Send nothing by the clock."""
