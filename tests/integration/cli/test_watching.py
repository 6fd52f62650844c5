"""Following a desk over a real bus."""

import asyncio

import pytest
from redis.asyncio import Redis
from tests.integration.common.running import eventually, publish

from poise.demo.desk_view import DeskView
from poise.demo.watch import watching
from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.message import Message
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.domain.order_books import Level
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids

new_id = random_ids()


def standing(mode: SystemMode, reason: str) -> RiskState:
    now = utc_now()
    return RiskState.first(new_id(now), "risk", now, mode=mode, reason=reason, set_by="test", since=now, epoch=1)


def book(tier: int) -> OrderBook:
    now = utc_now()
    return OrderBook.first(
        new_id(now),
        "ingestion",
        now,
        venue="paper",
        symbol=f"TIER{tier}/USDT",
        tier=tier,
        sequence=1,
        venue_time=now,
        received_at=now,
        bids=(Level(99.0, 1.0),),
        asks=(Level(101.0, 1.0),),
    )


async def test_the_view_has_the_last_state_at_once_and_then_follows(redis_url: str) -> None:
    view = DeskView()
    async with Redis.from_url(redis_url) as redis:
        await publish(redis, standing(SystemMode.ACTIVE, "before"))
        async with watching(redis_url, view):
            await eventually(lambda: view.risk is not None and view.risk.reason == "before", "the last state is seen")
            await publish(redis, standing(SystemMode.HALTED, "after"))
            await eventually(lambda: view.risk is not None and view.risk.reason == "after", "the next one is seen")


async def test_nothing_goes_on_after_the_watch(redis_url: str) -> None:
    async with watching(redis_url, DeskView()) as watch:
        assert await watch.published("signals") == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_defect_in_the_view_is_raised_and_not_kept_to_itself(redis_url: str) -> None:
    taken = asyncio.Event()

    class BrokenView(DeskView):
        def take(self, message: Message) -> None:
            taken.set()
            raise LookupError(message)

    async with Redis.from_url(redis_url) as redis:
        await publish(redis, standing(SystemMode.ACTIVE, "a test"))
        with pytest.raises(LookupError):
            async with watching(redis_url, BrokenView()):
                await asyncio.wait_for(taken.wait(), 30)


async def test_the_first_book_of_any_tier_is_waited_for(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis, watching(redis_url, DeskView()) as watch:
        waiting = asyncio.create_task(watch.first_book())
        await publish(redis, standing(SystemMode.ACTIVE, "no book"))
        assert not waiting.done()
        await publish(redis, book(3))
        await asyncio.wait_for(waiting, 30)


async def test_published_counts_all_tiers_and_what_was_trimmed_since(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis, watching(redis_url, DeskView()) as watch:
        await publish(redis, book(1), book(1), book(2), book(3))
        await redis.xtrim("md.books.1", maxlen=0)
        assert await watch.published("md.books.<tier>") == 4


async def test_dead_letters_are_told_by_stream(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis, watching(redis_url, DeskView()) as watch:
        assert await watch.dead_letters() == []
        await redis.xadd("dead.execution.reports", {"reason": "a test"})
        await redis.xadd("dead.execution.reports", {"reason": "a test"})
        assert await watch.dead_letters() == ["2 dead letters on dead.execution.reports"]
