"""What is measured of the streams that a service reads, on a real Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from structlog.testing import capture_logs
from tests.integration.common.running import eventually
from tests.integration.conftest import free_port

from poise_common.contracts.streams import TIERS, Service, consumed_by
from poise_common.domain.clock import Clock, from_ms
from poise_common.platform.bus.dead_letters import DeadLetters
from poise_common.platform.bus.measuring import StreamGauges
from poise_common.platform.bus.redis_streams import make_group, read_new
from poise_common.platform.clock import utc_now

REQUESTS = "execution.requests"
GROUP = Service.RISK.value


def gauges(redis: Redis, clock: Clock = utc_now) -> StreamGauges:
    return StreamGauges(redis, Service.RISK, consumed_by(Service.RISK), TIERS, clock, interval_s=60)


def shown(name: str, stream: str = REQUESTS) -> float | None:
    return REGISTRY.get_sample_value(name, {"stream": stream})


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


async def test_what_is_not_yet_delivered_lags_and_what_is_in_hand_is_pending(redis: Redis) -> None:
    await make_group(redis, REQUESTS, GROUP)
    for number in range(5):
        await redis.xadd(REQUESTS, {"data": str(number)}, id=f"{1_000 + number}-0")
    await read_new(redis, REQUESTS, GROUP, count=2)
    await gauges(redis, lambda: from_ms(8_500)).look()
    assert shown("poise_stream_length") == 5
    assert shown("poise_stream_lag") == 3
    assert shown("poise_stream_pending") == 2
    assert shown("poise_stream_oldest_pending_seconds") == 7.5
    await redis.xack(REQUESTS, GROUP, "1000-0", "1001-0")
    await gauges(redis).look()
    assert (shown("poise_stream_pending"), shown("poise_stream_oldest_pending_seconds")) == (0, 0)


async def test_the_lag_is_counted_where_redis_has_lost_count_of_it(redis: Redis) -> None:
    await make_group(redis, REQUESTS, GROUP)
    for number in range(5):
        await redis.xadd(REQUESTS, {"data": str(number)}, id=f"{1_000 + number}-0")
    await read_new(redis, REQUESTS, GROUP, count=1)
    await redis.xdel(REQUESTS, "1003-0")
    assert (await redis.xinfo_groups(REQUESTS))[0]["lag"] is None
    await gauges(redis).look()
    assert shown("poise_stream_lag") == 3


async def test_what_lies_put_aside_is_shown_until_it_is_taken_away(redis: Redis) -> None:
    await DeadLetters(redis, Service.RISK).put("md.books.2", "1-0", {}, "not a book")
    await gauges(redis).look()
    assert shown("poise_dead_letters", "md.books.2") == 1
    await redis.delete("dead.md.books.2")
    await gauges(redis).look()
    assert shown("poise_dead_letters", "md.books.2") == 0


async def test_streams_that_are_not_there_yet_are_no_trouble(redis: Redis) -> None:
    with capture_logs() as said:
        await gauges(redis).look()
    assert said == []
    assert REGISTRY.get_sample_value("poise_bus_up") == 1


async def test_what_redis_refuses_to_tell_is_said_once_and_hides_nothing_else(redis: Redis) -> None:
    await redis.set(REQUESTS, "no stream")
    await redis.xadd("execution.reports", {"data": "1"})
    measured = gauges(redis)
    with capture_logs() as said:
        await measured.look()
        await measured.look()
    assert {entry["event"] for entry in said} == {"a stream can't be measured"}
    assert len(said) == len({entry["reason"] for entry in said})
    assert shown("poise_stream_length", "execution.reports") == 1


async def test_a_bus_that_is_away_is_shown_so_and_ends_nothing(redis: Redis) -> None:
    await gauges(redis).look()
    async with Redis(port=free_port()) as nobody:
        measuring = asyncio.create_task(gauges(nobody).run())
        await eventually(lambda: REGISTRY.get_sample_value("poise_bus_up") == 0, "the bus is shown to be away")
        assert not measuring.done()
        measuring.cancel()
