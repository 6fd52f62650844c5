"""Order books: increments with a checksum, the best five levels, the best one as it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from poise_simulator.domain.events import DepthChanged, Event
from poise_simulator.domain.views import BookView
from poise_simulator.okx.book_levels import Level, changes, checksum, levels, rows
from poise_simulator.okx.streams.channels import Topic
from poise_simulator.okx.streams.feed import Publish, message
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.okx.wire import millis

DEPTHS = {"books": 400, "books5": 5, "bbo-tbt": 1}
QUIET_MS = 60_000
"""After so long without a change, increments say that nothing has."""
FIRST = -1
"""What a snapshot has in the place of the message before it."""


@dataclass(slots=True)
class _Sent:
    """How a topic's book stood in its last message."""

    sequence: int = FIRST
    time_ms: int = 0
    bids: dict[str, str] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)
    is_changed: bool = False


class BookFeed:
    """Send books as they change."""

    channels = frozenset(DEPTHS)

    def __init__(self, venue: OkxVenue, publish: Publish) -> None:
        self._venue = venue
        self._publish = publish
        self._sent: dict[Topic, _Sent] = {}
        self._by_inst_id: dict[str, list[Topic]] = {}

    def start(self, topic: Topic) -> None:
        """Begin with nothing sent."""
        self._sent[topic] = _Sent()
        self._by_inst_id.setdefault(topic.named("instId"), []).append(topic)

    def stop(self, topic: Topic) -> None:
        """Forget what was sent."""
        del self._sent[topic]
        self._by_inst_id[topic.named("instId")].remove(topic)

    def catch_up(self, topic: Topic) -> None:
        """Send the changes so far, so that one more listener's snapshot is what the others have."""
        self._send_changes(topic, is_quiet=False)

    def greet(self, topic: Topic) -> Sequence[object]:
        """Return the book as it stands."""
        sent, (book, bids, asks) = self._sent[topic], self._present(topic)
        if topic.channel != "books":
            return [self._whole(topic, book, bids, asks)]
        self._note(sent, book, bids, asks)
        return [self._increment(topic, book, bids, asks, whole=(bids, asks), previous=FIRST)]

    def hear(self, event: Event) -> None:
        """Note that a book has changed, and send its best level at once where that did."""
        if not isinstance(event, DepthChanged):
            return
        for topic in self._by_inst_id.get(self._venue.named(event.market, event.symbol).inst_id, ()):
            self._sent[topic].is_changed = True
            if topic.channel == "bbo-tbt":
                self.due(topic)

    def due(self, topic: Topic) -> None:
        """Send what has changed."""
        sent = self._sent[topic]
        is_quiet = topic.channel == "books" and self._venue.engine_ms - sent.time_ms >= QUIET_MS
        if sent.is_changed or is_quiet:
            self._send_changes(topic, is_quiet=is_quiet)

    def _send_changes(self, topic: Topic, *, is_quiet: bool) -> None:
        sent = self._sent[topic]
        book, bids, asks = self._present(topic)
        bid_changes = changes(sent.bids, dict(bids), is_best_highest=True)
        ask_changes = changes(sent.asks, dict(asks), is_best_highest=False)
        previous = sent.sequence
        if not (bid_changes or ask_changes or is_quiet):
            sent.is_changed = False
            return
        self._note(sent, book, bids, asks)
        if topic.channel == "books":
            whole = (bids, asks)
            self._publish(topic, self._increment(topic, book, bid_changes, ask_changes, whole=whole, previous=previous))
        else:
            self._publish(topic, self._whole(topic, book, bids, asks))

    def _present(self, topic: Topic) -> tuple[BookView, list[Level], list[Level]]:
        item = self._venue.instrument(topic.named("instId"))
        book = self._venue.exchange.book(item.listed.market, item.listed.symbol, DEPTHS[topic.channel])
        return book, levels(book.bids, item), levels(book.asks, item)

    def _note(self, sent: _Sent, book: BookView, bids: list[Level], asks: list[Level]) -> None:
        sent.sequence, sent.time_ms = book.last_update_id, self._venue.engine_ms
        sent.bids, sent.asks, sent.is_changed = dict(bids), dict(asks), False

    def _increment(
        self,
        topic: Topic,
        book: BookView,
        bids: list[Level],
        asks: list[Level],
        *,
        whole: tuple[list[Level], list[Level]],
        previous: int,
    ) -> dict[str, object]:
        row = {
            "asks": rows(asks),
            "bids": rows(bids),
            "ts": millis(self._venue.now_ms),
            "checksum": checksum(*whole),
            "prevSeqId": previous,
            "seqId": book.last_update_id,
        }
        action = "snapshot" if previous == FIRST else "update"
        return {"arg": topic.wire_arg, "action": action, "data": [row]}

    def _whole(self, topic: Topic, book: BookView, bids: list[Level], asks: list[Level]) -> dict[str, object]:
        row: dict[str, object] = {
            "asks": rows(asks),
            "bids": rows(bids),
            "ts": millis(self._venue.now_ms),
            "seqId": book.last_update_id,
        }
        if topic.channel == "books5":
            row["instId"] = topic.named("instId")
        return message(topic, row)
