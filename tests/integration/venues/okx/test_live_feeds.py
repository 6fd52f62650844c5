"""What any venue's live feeds do, at the one that speaks OKX's protocol."""

import asyncio

import pytest
from tests.integration.venues.test_live_feeds import (
    feeds,
    proxy,
    test_a_lost_connection_is_unreachable_and_watching_on_connects_anew,
    test_a_lost_update_is_a_gap_and_a_fresh_snapshot_heals_it,
    test_books_go_forward,
    test_books_go_on_while_the_markets_are_read_again,
    test_dropping_a_silent_connection_lets_the_watcher_connect_anew,
    test_every_channel_speaks_and_can_be_left,
    test_many_symbols_share_one_connection_and_each_speaks_for_itself,
)

from poise_venues.channels import Channel
from poise_venues.live_feeds import LiveFeeds
from poise_venues.rate_limits import Charge, SharedRateLimiter


async def test_the_fundings_of_many_perpetuals_are_asked_for_once_a_channel(
    feeds: LiveFeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue counts messages by the hour: who waits for one symbol must not ask for it again."""
    charged: list[str] = []
    acquire = SharedRateLimiter.acquire

    async def acquiring(limiter: SharedRateLimiter, charge: Charge) -> None:
        if charge.bucket.startswith("subscriptions:"):
            charged.append(charge.bucket)
        await acquire(limiter, charge)

    monkeypatch.setattr(SharedRateLimiter, "acquire", acquiring)
    symbols = ("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT")
    subscribing = asyncio.create_task(feeds.subscribe(Channel.FUNDING, symbols))
    waiting = [asyncio.create_task(feeds.next_funding(symbol)) for symbol in symbols]
    fundings = await asyncio.gather(*waiting)
    await subscribing
    assert [funding.symbol for funding in fundings] == list(symbols)
    assert len(charged) == 3, "rate, mark and index"
