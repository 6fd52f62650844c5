"""Redis restarted, Redis emptied, servers that come late: the service heals by itself and loses no work."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.crash.servers import KillablePostgres
from tests.integration.common.private_redis import PrivateRedis
from tests.integration.common.running import Supervised, eventually, in_background, publish, running
from tests.integration.common.test_crashes import REQUESTS, decided
from tests.integration.common.test_feeds import matrix
from tests.integration.common.toy_service import (
    Toy,
    ToyRepository,
    book,
    create_tables,
    decisions,
    request,
    settings,
)

from poise_common.contracts.message import Message
from poise_common.platform.bus.publishing import Publisher
from poise_common.platform.bus.redis_streams import entries
from poise_common.platform.bus.wire import DATA_FIELD, encode
from poise_common.platform.lease import LeaseLost
from poise_common.platform.shell import run_service


@pytest.fixture
def killable_postgres() -> Iterator[KillablePostgres]:
    """A PostgreSQL of the test's own; not below pytest's folder, which is closed to the server's user."""
    with TemporaryDirectory(prefix="poise-postgres-", ignore_cleanup_errors=True) as directory:
        server = KillablePostgres(Path(directory))
        yield server
        server.stop()


async def test_a_restarted_redis_is_taken_up_again(
    private_redis: PrivateRedis, private_client: Redis, database: str
) -> None:
    toy = Toy()
    async with running(toy.spec(), settings(private_redis.url, database)):
        await publish(private_client, request("before"))
        await eventually(lambda: toy.effects.ran["before"] == 1, "it serves")
        private_redis.stop()
        private_redis.start()
        await publish_when_back(private_client, request("after"))
        await eventually(lambda: toy.effects.ran["after"] == 1, "it serves again")

        async def a_book_arrives() -> bool:  # what came while it was away is not waited for: the next one is
            await publish(private_client, book())
            return bool(toy.core.books())

        await eventually(a_book_arrives, "it follows feeds again")
    assert len(await decisions(database)) == 2


async def test_an_emptied_redis_gets_back_what_was_owed_and_the_flow_goes_on(
    redis: Redis, redis_url: str, database: str
) -> None:
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)):
        await publish(redis, request("before"))

        async def one_is_decided() -> bool:
            return len(await decided(redis)) == 1

        await eventually(one_is_decided, "the first decision is published")
        (first,) = await decided(redis)
        await redis.flushall()
        await publish(redis, request("after"))
        await eventually(lambda: toy.effects.ran["after"] == 1, "the group is made again and the flow goes on")

        async def both_are_there() -> bool:
            found = await decided(redis)
            return len(found) == 2 and first in found

        await eventually(both_are_there, "the decision that nobody had read is published again")
    assert len(await decisions(database)) == 2
    assert {group["name"] for group in await redis.xinfo_groups(REQUESTS)} == {b"risk"}


async def test_an_emptied_redis_gets_back_the_last_states(redis: Redis) -> None:
    publisher = Publisher(redis)
    async with in_background(publisher.run()):
        publisher.send([encode(matrix("24h", 1)), encode(matrix("24h", 2)), encode(matrix("90d", 3))])
        await publisher.drained()
        await redis.flushall()
        publisher.live_in("another life")
        await publisher.drained()
    assert await redis.xlen("portfolio.correlations") == 2


async def test_work_waits_for_an_unreachable_redis_and_feeds_do_not(
    private_redis: PrivateRedis, private_client: Redis
) -> None:
    publisher = Publisher(private_client)
    async with in_background(publisher.run()):
        publisher.send([encode(request("before"))])
        await publisher.drained()
        private_redis.stop()
        publisher.send([encode(request("during"))])
        await eventually(lambda: publisher.outage.lasts, "the outage is noticed")
        publisher.send([encode(book(sequence=number)) for number in range(100)])
        private_redis.start()
        await publisher.drained()
    assert await private_client.xlen("md.books.1") == 0
    added = [fields[DATA_FIELD] for _, fields in await entries(private_client, REQUESTS)]
    assert [b'"strategy":"during"' in data for data in added] == [False, False, True], "a new life is told all again"


async def test_who_publishes_feeds_alone_publishes_again_after_an_outage(
    private_redis: PrivateRedis, private_client: Redis
) -> None:
    publisher = Publisher(private_client)
    async with in_background(publisher.run()):
        publisher.send([encode(book(sequence=1))])
        await publisher.drained()
        private_redis.stop()
        publisher.send([encode(book(sequence=2))])
        await eventually(lambda: publisher.outage.lasts, "the outage is noticed")
        await publisher.drained()
        private_redis.start()
        await eventually(lambda: not publisher.outage.lasts, "its end is noticed though nothing waits to be added")
        publisher.send([encode(book(sequence=3))])
        await publisher.drained()
    assert b'"sequence":3,' in (await entries(private_client, "md.books.1"))[-1][1][DATA_FIELD]


async def test_a_service_waits_for_redis_to_come(
    private_redis: PrivateRedis, private_client: Redis, database: str
) -> None:
    private_redis.stop()
    toy = Toy()
    async with running(toy.spec(), settings(private_redis.url, database)) as service:
        await asyncio.sleep(0)
        private_redis.start()
        await publish_when_back(private_client, request("a"))
        await eventually(lambda: toy.effects.ran["a"] == 1, "it serves")
        assert not service.done()


async def test_a_second_process_stands_by_and_takes_over(redis: Redis, redis_url: str, database: str) -> None:
    writer, standby = Toy(), Toy()
    stop_writer = asyncio.Event()
    writing = asyncio.create_task(run_service(writer.spec(), settings(redis_url, database), stop=stop_writer))
    await publish(redis, request("a"))
    await eventually(lambda: writer.effects.ran["a"] == 1, "the first to come serves")
    async with running(standby.spec(), settings(redis_url, database)):
        await publish(redis, request("b"))
        await eventually(lambda: writer.effects.ran["b"] == 1, "the writer goes on")
        stop_writer.set()
        await writing
        await publish(redis, request("c"))
        await eventually(lambda: standby.effects.ran["c"] == 1, "the other has taken over")
    assert [one.handled for one in await decisions(database)] == [1, 2, 3]


async def test_a_message_in_hand_when_the_database_goes_away_is_not_taken_for_poison(
    redis: Redis, redis_url: str, database: str
) -> None:
    cuts = 7

    class CutOff(ToyRepository):
        async def save(self, connection: AsyncConnection, records: Sequence[object]) -> None:
            nonlocal cuts
            if cuts > 0:
                cuts -= 1
                await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            await super().save(connection, records)

    toy = Toy()
    supervised = Supervised(replace(toy.spec(), repository=CutOff()), settings(redis_url, database))
    await publish(redis, request("a"), request("b"))
    async with supervised.running():
        await eventually(lambda: toy.effects.ran["b"] == 1, "both are taken in the end")
    assert len(supervised.endings) == 7
    assert toy.effects.ran == {"a": 1, "b": 1}
    assert not await redis.exists("dead.execution.requests")


async def test_a_killed_database_is_waited_for_and_taken_up_again(
    redis: Redis, redis_url: str, killable_postgres: KillablePostgres
) -> None:
    await create_tables(killable_postgres.url)
    toy = Toy()
    supervised = Supervised(toy.spec(), settings(redis_url, killable_postgres.url))
    async with supervised.running():
        await publish(redis, request("before"))
        await eventually(lambda: toy.effects.ran["before"] == 1, "it serves")
        killable_postgres.kill()
        await publish(redis, request("during"))
        await eventually(lambda: bool(supervised.endings), "the loss ends it")
        killable_postgres.start()
        await publish(redis, request("after"))
        await eventually(lambda: toy.effects.ran["after"] == 1, "it serves again")
    assert toy.effects.ran == {"before": 1, "during": 1, "after": 1}
    assert [one.handled for one in await decisions(killable_postgres.url)] == [1, 2, 3]


async def test_a_database_that_hangs_is_left_and_taken_up_again(
    redis: Redis, redis_url: str, killable_postgres: KillablePostgres
) -> None:
    await create_tables(killable_postgres.url)
    toy = Toy()
    supervised = Supervised(toy.spec(), settings(redis_url, killable_postgres.url))
    async with supervised.running():
        await publish(redis, request("before"))
        await eventually(lambda: toy.effects.ran["before"] == 1, "it serves")
        killable_postgres.suspend()
        await publish(redis, request("during"))
        await eventually(lambda: bool(supervised.endings), "it ends for want of its lease")
        assert toy.effects.ran["during"] == 0
        killable_postgres.resume()
        await eventually(lambda: toy.effects.ran["during"] == 1, "it serves again")
    assert isinstance(supervised.endings[0], LeaseLost)
    assert [one.handled for one in await decisions(killable_postgres.url)] == [1, 2]


async def publish_when_back(client: Redis, *messages: Message) -> None:
    async def is_back() -> bool:
        try:
            return bool(await client.ping())
        except (RedisConnectionError, OSError):
            return False

    await eventually(is_back, "Redis is back")
    await publish(client, *messages)
