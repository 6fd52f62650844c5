"""Feeds and states: newest wins, a slow reader skips, a starting reader has the last value at once."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from tests.integration.common.redis_nodes import ON_SERVER_AND_CLUSTER
from tests.integration.common.running import eventually, in_background, publish, running
from tests.integration.common.toy_service import Toy, ToyCore, book, new_id, settings

from poise_common.contracts.core import Output
from poise_common.contracts.message import Message
from poise_common.contracts.state import CorrelationMatrix
from poise_common.contracts.streams import TIERS, stream_of
from poise_common.platform.bus.feeds import FeedReader
from poise_common.platform.bus.incarnation import MARKER
from poise_common.platform.bus.publishing import Publisher
from poise_common.platform.bus.redis_streams import entries
from poise_common.platform.bus.wire import DATA_FIELD, encode

pytestmark = ON_SERVER_AND_CLUSTER


def matrix(window: str, points: int) -> CorrelationMatrix:
    now = datetime.now(UTC)
    return CorrelationMatrix.first(
        new_id(now), "portfolio", now, window=window, as_of=now, assets=("BTC",), rho=((1.0,),), points=points
    )


async def test_a_feed_is_followed_from_now_on(redis: Redis, redis_url: str, database: str) -> None:
    await publish(redis, book(sequence=1))
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)) as task:
        await eventually_serving(redis, task)
        await publish(redis, book(sequence=2))
        await eventually(lambda: bool(toy.core.books()), "the new book has come")
    assert [one.sequence for one in toy.core.books()] == [2]


async def eventually_serving(redis: Redis, task: asyncio.Task[None]) -> None:
    async def group_is_made() -> bool:
        assert not task.done(), task.exception()
        return bool(await redis.exists("execution.requests"))

    await eventually(group_is_made, "the service reads")


async def test_a_starting_reader_has_the_last_value_of_each_key_of_a_state(
    redis: Redis, redis_url: str, database: str
) -> None:
    values = [matrix("24h", 1), matrix("90d", 2), matrix("24h", 3), matrix("90d", 4), matrix("24h", 5)]
    await publish(redis, *values)
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)):
        await eventually(lambda: len(toy.core.seen) == 2, "both keys have come")
        await publish(redis, matrix("90d", 6))
        await eventually(lambda: len(toy.core.seen) == 3, "the next value has come")
    assert sorted(one.points for one in toy.core.seen if isinstance(one, CorrelationMatrix)) == [4, 5, 6]


async def test_what_was_read_of_a_redis_that_was_emptied_meanwhile_is_forgotten(redis: Redis) -> None:
    class EmptiedOnce(Redis):
        is_emptied = False

        async def xrevrange(self, *arguments: Any, **options: Any) -> Any:
            if not self.is_emptied:
                self.is_emptied = True
                await redis.delete("portfolio.correlations", MARKER)
                await publish(redis, matrix("90d", 2))
            return await super().xrevrange(*arguments, **options)

    await publish(redis, matrix("24h", 1))
    state, feed = stream_of(CorrelationMatrix), stream_of(type(book()))
    reader = FeedReader(EmptiedOnce(connection_pool=redis.connection_pool), [state, feed], TIERS)
    await reader.prime()
    taken = [reader.take(), reader.take()]
    assert taken[0] is not None
    assert b'"window":"90d"' in taken[0].fields[DATA_FIELD]
    assert taken[1] is None


async def test_a_slow_reader_skips_to_the_newest_of_each_key(redis: Redis) -> None:
    reader = FeedReader(redis, [stream_of(type(book()))], TIERS)
    await reader.prime()
    async with in_background(reader.run()):
        symbols = ("BTC/USDT", "ETH/USDT")
        await publish(redis, *(book(symbol, sequence) for sequence in range(1, 301) for symbol in symbols))
        last = await publish(redis, book("SOL/USDT", 1))
        await eventually(lambda: any(entry.entry_id == last[0] for entry in reader._latest.values()), "all is read")
        taken = []
        while (entry := reader.take()) is not None:
            taken.append(entry)
    assert [(entry.fields[b"key"]) for entry in taken] == [
        b"OrderBook|paper|BTC/USDT",
        b"OrderBook|paper|ETH/USDT",
        b"OrderBook|paper|SOL/USDT",
    ]
    assert all(b'"sequence":300' in entry.fields[DATA_FIELD] for entry in taken[:2])


async def test_a_malformed_entry_is_put_aside_and_the_feed_flows_on(
    redis: Redis, redis_url: str, database: str
) -> None:
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)) as task:
        await eventually_serving(redis, task)
        await redis.xadd("md.books.1", {"key": "BTC", DATA_FIELD: b"{"})
        await publish(redis, book())
        await eventually(lambda: bool(toy.core.books()), "the book behind it has come")
    assert await redis.xlen("dead.md.books.1") == 1


async def test_a_feed_is_capped_and_keeps_the_newest(redis: Redis) -> None:
    publisher = Publisher(redis)
    cap = stream_of(type(book())).max_entries or 0
    async with in_background(publisher.run()):
        publisher.send(encode(book(sequence=number)) for number in range(3 * cap))
        await publisher.drained()
    assert cap <= await redis.xlen("md.books.1") < 2 * cap
    ((_, newest),) = (await entries(redis, "md.books.1"))[-1:]
    assert f'"sequence":{3 * cap - 1}'.encode() in newest[DATA_FIELD]


async def test_feeds_do_not_starve_ticks(redis: Redis, redis_url: str, database: str) -> None:
    class Ticking(ToyCore):
        ticks = 0

        def tick(self, now: datetime) -> tuple[Output, ...]:
            self.ticks += 1
            return ()

        def handle(self, message: Message, now: datetime) -> tuple[Output, ...]:
            self.seen.append(message)
            return ()

    core = Ticking()
    spec = Toy().spec()
    object.__setattr__(spec, "build_core", lambda _: core)
    async with running(spec, settings(redis_url, database)) as task:
        await eventually_serving(redis, task)
        await publish(redis, *(book(f"A{number}/USDT", number) for number in range(500)))
        await eventually(lambda: len(core.seen) == 500 and core.ticks > 0, "books and ticks were both taken")
