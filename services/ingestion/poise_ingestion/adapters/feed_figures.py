"""What Prometheus is told of the books that are followed: how many, how fresh."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from prometheus_client import Gauge

from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.market_data import OrderBook
from poise_common.domain.clock import Clock
from poise_common.domain.instruments import InstrumentId
from poise_ingestion.domain.effects import Followed, FollowFeeds

_FEEDS = ("venue", "tier")
BOOKS_FOLLOWED = Gauge("poise_books_followed", "Books that are followed here.", _FEEDS)
BOOKS_STALE = Gauge("poise_books_stale", "Books followed here of which none was published for too long.", _FEEDS)
BOOK_AGE_MAX = Gauge(
    "poise_book_age_seconds_max", "How long ago the oldest of the books followed here was published.", _FEEDS
)
_Feeds = tuple[str, str]


class FeedFigures:
    """Remembers when each book was last published; what is made of it is reckoned when it is asked for."""

    def __init__(self, *, stale_after_s: float, now: Clock) -> None:
        self._stale_after_s = stale_after_s
        self._now = now
        self._published_at: dict[InstrumentId, datetime] = {}
        self._feeds: dict[_Feeds, tuple[InstrumentId, ...]] = {}

    def see(self, outputs: Sequence[Output], now: datetime) -> None:
        """Note what of a core's outputs tells of books."""
        for output in outputs:
            match output:
                case Publish(message=OrderBook() as book):
                    self._published_at[InstrumentId(book.venue, book.symbol)] = now
                case Run(effect=FollowFeeds() as follow):
                    self._follow(follow.instruments, now)
                case _:
                    pass

    def _follow(self, followed: Iterable[Followed], now: datetime) -> None:
        """Show exactly these; one that is new is as old as its following."""
        feeds: dict[_Feeds, list[InstrumentId]] = defaultdict(list)
        for one in followed:
            feeds[one.instrument.venue, str(one.tier)].append(one.instrument.id)
        kept = (instrument for instruments in feeds.values() for instrument in instruments)
        self._published_at = {instrument: self._published_at.get(instrument, now) for instrument in kept}
        for gone in self._feeds.keys() - feeds.keys():
            for gauge in (BOOKS_FOLLOWED, BOOKS_STALE, BOOK_AGE_MAX):
                gauge.remove(*gone)
        self._feeds = {labels: tuple(instruments) for labels, instruments in feeds.items()}
        for labels, instruments in self._feeds.items():
            BOOKS_FOLLOWED.labels(*labels).set(len(instruments))
            BOOKS_STALE.labels(*labels).set_function(partial(self._stale, labels))
            BOOK_AGE_MAX.labels(*labels).set_function(partial(self._oldest_s, labels))

    def _stale(self, labels: _Feeds) -> float:
        return sum(age_s > self._stale_after_s for age_s in self._ages_s(labels))

    def _oldest_s(self, labels: _Feeds) -> float:
        return max(self._ages_s(labels), default=0.0)

    def _ages_s(self, labels: _Feeds) -> list[float]:
        now = self._now()
        return [(now - self._published_at[instrument]).total_seconds() for instrument in self._feeds.get(labels, ())]
