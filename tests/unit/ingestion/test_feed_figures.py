"""What Prometheus is told of the books that are followed."""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from tests.unit.ingestion.desk import NOON, book, instrument

from poise_common.contracts.core import Output, Publish, Run
from poise_ingestion.adapters.feed_figures import FeedFigures
from poise_ingestion.domain.effects import Followed, FollowFeeds

NAMES = ("poise_books_followed", "poise_books_stale", "poise_book_age_seconds_max")


class Watched:
    """Figures with a clock in hand."""

    def __init__(self) -> None:
        self.now = NOON
        self._figures = FeedFigures(stale_after_s=5, now=lambda: self.now)

    def see(self, *outputs: Output) -> None:
        self._figures.see(outputs, self.now)

    def follow(self, **tiers: int) -> None:
        followed = (Followed(instrument=instrument(base), asset=base, tier=tier) for base, tier in tiers.items())
        self.see(Run(FollowFeeds(tuple(followed))))

    def publish(self, base: str) -> None:
        self.see(Publish(book(f"{base}/USDT", 1, self.now)))

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def shown(tier: int) -> list[float | None]:
    return [REGISTRY.get_sample_value(name, {"venue": "paper", "tier": str(tier)}) for name in NAMES]


def test_each_tiers_books_are_counted_and_the_oldest_is_told(watched: Watched) -> None:
    watched.follow(BTC=1, ETH=1, SOL=2)
    watched.wait(4)
    watched.publish("BTC")
    watched.wait(2)
    assert shown(1) == [2, 1, 6]
    assert shown(2) == [1, 1, 6]
    watched.publish("ETH")
    assert shown(1) == [2, 0, 2]


def test_a_book_that_is_followed_anew_is_no_older_than_that(watched: Watched) -> None:
    watched.follow(BTC=1)
    watched.wait(100)
    watched.follow(BTC=1, ETH=1)
    assert shown(1) == [2, 1, 100]
    watched.publish("BTC")
    assert shown(1) == [2, 0, 0]


def test_what_is_followed_no_more_is_shown_no_more(watched: Watched) -> None:
    watched.follow(BTC=1, SOL=2)
    watched.follow(BTC=1)
    assert shown(2) == [None, None, None]
    watched.publish("SOL")
    watched.wait(1)
    assert shown(1) == [1, 0, 1]
