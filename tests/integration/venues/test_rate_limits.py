import asyncio
from collections.abc import Iterator

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from tests.integration.conftest import Simulator, free_port
from tests.integration.venues.place import PAPER

from poise_common.platform.clock import utc_now
from poise_venues.errors import BudgetExhausted, VenueUnreachable
from poise_venues.market_data import open_market_data
from poise_venues.parameters import BucketLimit, RateLimitPolicy
from poise_venues.rate_limits import Charge, Priority, SharedRateLimiter, redis_for_budgets

POLICY = RateLimitPolicy(
    safety_margin=0.2,
    burst_share=0.5,
    reserve_share=0.25,
    readings_reserve_share=0.5,
    background_reserve_share=0.75,
    offline_share=0.25,
    order_wait_max_ms=500,
    budgets={"spot": BucketLimit(weight=100, window_s=3600)},
)
"""80 of weight are usable an hour: 40 at once, of which histories get 10, readings 20 and market data 30."""


class MustWait(Exception):
    """The limiter wanted to wait."""


async def refuse_to_wait(_seconds: float) -> None:
    raise MustWait


def limiter(redis: Redis, policy: RateLimitPolicy = POLICY) -> SharedRateLimiter:
    return SharedRateLimiter(redis, "test", policy, sleep=refuse_to_wait)


async def spent_before_waiting(limiters: Iterator[SharedRateLimiter], priority: Priority) -> int:
    spent = 0
    try:
        for one in limiters:
            await one.acquire(Charge("spot", 1, priority))
            spent += 1
    except (MustWait, BudgetExhausted):
        return spent
    raise AssertionError("the budget has no end")


def in_turn(*limiters: SharedRateLimiter) -> Iterator[SharedRateLimiter]:
    for _ in range(1000):
        yield from limiters


async def test_two_processes_share_one_budget_and_each_priority_leaves_its_reserve(
    redis: Redis, redis_url: str
) -> None:
    async with Redis.from_url(redis_url) as second:
        one, other = limiter(redis), limiter(second)
        assert await spent_before_waiting(in_turn(one, other), Priority.BACKGROUND) == 10
        assert await spent_before_waiting(in_turn(one, other), Priority.READING) == 10
        assert await spent_before_waiting(in_turn(one, other), Priority.MARKET_DATA) == 10
        assert await spent_before_waiting(in_turn(one, other), Priority.ACCOUNT) == 10


@pytest.mark.parametrize(
    ("question", "spent_before", "patience_s"),
    [(Priority.READING, Priority.MARKET_DATA, 2), (Priority.BACKGROUND, Priority.BACKGROUND, 10)],
)
async def test_a_question_lets_others_go_first_for_a_while_and_no_longer(
    redis: Redis, question: Priority, spent_before: Priority, patience_s: int
) -> None:
    waits: list[float] = []

    async def wait_at_once(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > patience_s:
            raise MustWait

    await spent_before_waiting(in_turn(limiter(redis)), spent_before)
    await SharedRateLimiter(redis, "test", POLICY, sleep=wait_at_once).acquire(Charge("spot", 1, question))
    assert waits == [1.0] * patience_s


async def test_what_waited_for_long_still_leaves_its_share_to_books(redis: Redis) -> None:
    await spent_before_waiting(in_turn(limiter(redis)), Priority.READING)
    waits: list[float] = []

    async def wait_at_once(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 20:
            raise MustWait

    with pytest.raises(MustWait):
        await SharedRateLimiter(redis, "test", POLICY, sleep=wait_at_once).acquire(
            Charge("spot", 1, Priority.BACKGROUND)
        )


async def test_an_order_is_refused_rather_than_kept_waiting(redis: Redis) -> None:
    one = limiter(redis)
    assert await spent_before_waiting(in_turn(one), Priority.ORDER) == 40
    with pytest.raises(BudgetExhausted):
        await one.acquire(Charge("spot", 1, Priority.ORDER))


async def test_the_budget_fills_again_while_others_wait(redis: Redis) -> None:
    quick = POLICY.model_copy(update={"budgets": {"spot": BucketLimit(weight=1000, window_s=1)}})
    one = SharedRateLimiter(redis, "test", quick)
    for _ in range(12):
        await one.acquire(Charge("spot", 50, Priority.ACCOUNT))  # 600 of weight: more than the burst of 400


async def test_a_ban_holds_for_every_process(redis: Redis) -> None:
    one, other = limiter(redis), limiter(redis)
    await one.block("spot", 60)
    with pytest.raises(MustWait):
        await other.acquire(Charge("spot", 1, Priority.ACCOUNT))


async def test_without_redis_each_process_keeps_to_a_small_budget_of_its_own_and_says_so_once() -> None:
    async with redis_for_budgets(f"redis://127.0.0.1:{free_port()}") as nobody:
        with capture_logs() as logs:
            assert await spent_before_waiting(in_turn(limiter(nobody)), Priority.ACCOUNT) == 10
    assert [log["event"] for log in logs] == ["rate_limits_not_shared"]


async def test_the_venue_that_says_slow_down_is_left_alone_by_all(redis: Redis, simulator: Simulator) -> None:
    """The budgets are set far too high, so that the venue itself has to refuse."""
    loose = PAPER.config(
        simulator.http_url,
        rate_limits__budgets__spot="{weight: 1000000, window_s: 1}",
    )
    market_data = open_market_data("paper", loose, redis=redis, now=utc_now)
    await market_data.session.connect()
    refused = False
    while not refused:
        answers = await asyncio.gather(*(market_data.book("BTC/USDT", 5000) for _ in range(4)), return_exceptions=True)
        refused = any(isinstance(answer, VenueUnreachable) for answer in answers)
    assert [key async for key in redis.scan_iter("venue:*:ban:spot")]
    await market_data.session.close()


async def test_what_is_left_is_known_from_the_answers_whoever_spent_it(redis: Redis) -> None:
    one, other = limiter(redis), limiter(redis)
    assert one.headroom.left("spot") == 1
    for _ in range(10):
        await other.acquire(Charge("spot", 1, Priority.ACCOUNT))
    await one.acquire(Charge("spot", 10, Priority.ACCOUNT))
    assert one.headroom.left("spot") == pytest.approx(0.5, abs=0.01)
    await other.block("spot", 60)
    with pytest.raises(MustWait):
        await one.acquire(Charge("spot", 1, Priority.ACCOUNT))
    assert one.headroom.left("spot") == 0


async def test_what_is_left_of_ones_own_small_budget_is_known_without_redis() -> None:
    async with redis_for_budgets(f"redis://127.0.0.1:{free_port()}") as nobody:
        one = limiter(nobody)
        await one.acquire(Charge("spot", 5, Priority.ACCOUNT))
        assert one.headroom.left("spot") == pytest.approx(0.5, abs=0.01)
