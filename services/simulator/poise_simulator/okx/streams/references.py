"""Mark prices, index prices and funding rates."""

from __future__ import annotations

from collections.abc import Sequence

from poise_simulator.domain.events import Event, FundingSettled, MarkPriceUpdated
from poise_simulator.domain.instruments import Market
from poise_simulator.okx.references import funding_row, index_price, index_row, mark_row
from poise_simulator.okx.streams.channels import INDEX_TICKERS, Topic
from poise_simulator.okx.streams.feed import Publish, message
from poise_simulator.okx.venue import OkxVenue

MARK, FUNDING = "mark-price", "funding-rate"


class ReferenceFeed:
    """Send reference prices as the exchange updates them, and funding also when it is settled."""

    channels = frozenset({MARK, FUNDING, INDEX_TICKERS})

    def __init__(self, venue: OkxVenue, publish: Publish) -> None:
        self._venue = venue
        self._publish = publish
        self._topics: dict[tuple[str, str], Topic] = {}
        self._index_sent_ms: dict[str, int] = {}

    def start(self, topic: Topic) -> None:
        """Begin a topic."""
        self._topics[(topic.channel, topic.named("instId"))] = topic

    def stop(self, topic: Topic) -> None:
        """End a topic."""
        del self._topics[(topic.channel, topic.named("instId"))]

    def catch_up(self, topic: Topic) -> None:
        """Send nothing: each message stands for itself."""

    def greet(self, topic: Topic) -> Sequence[object]:
        """Return what holds now."""
        return [self._present(topic)]

    def hear(self, event: Event) -> None:
        """Send what an event has changed."""
        if isinstance(event, MarkPriceUpdated):
            self._mark_updated(event)
        elif isinstance(event, FundingSettled):
            topic = self._topics.get((FUNDING, self._venue.named(Market.FUTURES, event.symbol).inst_id))
            if topic is not None:
                self.due(topic)

    def due(self, topic: Topic) -> None:
        """Send the funding rate as it stands."""
        self._publish(topic, self._present(topic))

    def _mark_updated(self, event: MarkPriceUpdated) -> None:
        item = self._venue.named(Market.FUTURES, event.symbol)
        topic = self._topics.get((MARK, item.inst_id))
        if topic is not None:
            self._publish(topic, message(topic, mark_row(item, event.mark, event.time_ms)))
        topic = self._topics.get((INDEX_TICKERS, item.family))
        # Several instruments have one index, and each of them tells of it.
        if topic is not None and self._index_sent_ms.get(item.family) != event.time_ms:
            self._index_sent_ms[item.family] = event.time_ms
            row = index_row(self._venue, item.family, event.index, event.time_ms)
            self._publish(topic, message(topic, row))

    def _present(self, topic: Topic) -> object:
        venue, name, now_ms = self._venue, topic.named("instId"), self._venue.now_ms
        if topic.channel == INDEX_TICKERS:
            return message(topic, index_row(venue, name, index_price(venue, name), now_ms))
        item = venue.instrument(name)
        if topic.channel == FUNDING:
            return message(topic, funding_row(venue, item))
        return message(topic, mark_row(item, venue.exchange.mark(item.listed.symbol).mark, now_ms))
