"""What crashes leave behind: processes killed with -9, acknowledgements and publications that never went out."""

import asyncio
import signal
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from tests.integration.common.private_redis import PrivateRedis
from tests.integration.common.running import eventually, publish, running, toy_process
from tests.integration.common.toy_service import Toy, decisions, request, settings

from poise_common.platform.bus.redis_streams import entries
from poise_common.platform.bus.wire import DATA_FIELD
from poise_common.platform.database import create_engine
from poise_common.platform.shell import run_service

REQUESTS = "execution.requests"
DECIDED = "execution.decisions"


async def decided(redis: Redis) -> set[bytes]:
    return {fields[DATA_FIELD] for _, fields in await entries(redis, DECIDED)}


async def owed(database: str) -> int:
    engine = create_engine(database)
    async with engine.connect() as connection:
        count = (await connection.execute(text("SELECT count(*) FROM toy.outbox"))).scalar_one()
    await engine.dispose()
    return int(count)


@pytest.mark.parametrize("where", ["commit.before", "commit.after", "publish.before", "publish.after", "ack.before"])
async def test_a_killed_process_leaves_the_message_to_the_next_and_its_effect_is_once(
    redis: Redis, redis_url: str, database: str, where: str
) -> None:
    requests = [request("a"), request("b"), request("c")]
    await publish(redis, *requests)
    process = await toy_process(f"SIGKILL@{where}", redis_url, database)
    await process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert bool(await decisions(database)) is (where != "commit.before")

    async def all_are_decided() -> bool:  # some of them maybe before the kill, by a task beside the one it struck
        return len(await decided(redis)) >= len(requests)

    async with running(Toy().spec(), settings(redis_url, database)):
        await eventually(all_are_decided, "all requests are taken")
    assert [(one.request_id, one.handled) for one in await decisions(database)] == [
        (requests[0].id, 1),
        (requests[1].id, 2),
        (requests[2].id, 3),
    ]
    assert len(await decided(redis)) == 3


async def test_a_lost_acknowledgement_brings_the_message_again_and_changes_nothing(
    private_redis: PrivateRedis, private_client: Redis, database: str
) -> None:
    await publish(private_client, request("a"))
    toy = Toy()
    await private_client.acl_setuser("default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-xack"])
    with pytest.raises(Exception, match="xack"):
        await asyncio.wait_for(run_service(toy.spec(), settings(private_redis.url, database)), 20)
    assert toy.effects.ran == {"a": 1}
    await private_client.acl_setuser("default", enabled=True, nopass=True, keys=["*"], commands=["+@all"])
    again = Toy()
    async with running(again.spec(), settings(private_redis.url, database)):
        await publish(private_client, request("b"))
        await eventually(lambda: again.effects.ran["b"] == 1, "the message behind it is taken")
    assert again.effects.ran == {"b": 1}
    assert len(await decisions(database)) == 2


async def test_what_was_decided_and_not_published_goes_out_at_the_next_start(
    private_redis: PrivateRedis, private_client: Redis, database: str
) -> None:
    await publish(private_client, request("a"), request("b"))
    await private_client.acl_setuser("default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-xadd"])
    toy = Toy()
    service = asyncio.create_task(run_service(toy.spec(), settings(private_redis.url, database)))
    await eventually(lambda: len(toy.effects.ran) == 2, "both are decided")
    service.cancel()
    await asyncio.gather(service, return_exceptions=True)
    assert await decided(private_client) == set()
    assert await owed(database) == 2
    await private_client.acl_setuser("default", enabled=True, nopass=True, keys=["*"], commands=["+@all"])
    async with running(Toy().spec(), settings(private_redis.url, database)):

        async def both_are_out() -> bool:
            return len(await decided(private_client)) == 2

        await eventually(both_are_out, "what was owed is published")


async def test_a_message_stays_owed_until_every_reader_has_taken_it(
    redis: Redis, redis_url: str, database: str
) -> None:
    await publish(redis, request("a"))
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)):

        async def is_published() -> bool:
            return bool(await redis.xlen(DECIDED))

        await eventually(is_published, "the decision is published")
        for reader in ("signals", "portfolio"):
            assert await owed(database) == 1
            await redis.xgroup_create(DECIDED, reader, id="0")
            read: Any = await redis.xreadgroup(reader, reader, {DECIDED: ">"})
            ((_, ((entry_id, _),)),) = read
            assert await owed(database) == 1
            await redis.xack(DECIDED, reader, entry_id)

        async def nothing_is_owed() -> bool:
            return await owed(database) == 0

        await eventually(nothing_is_owed, "the outbox is settled")


async def test_trimming_never_takes_what_a_reader_has_not_taken(redis: Redis, redis_url: str, database: str) -> None:
    await publish(redis, *(request(f"s{number}") for number in range(450)))
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database, work_retention_s=0)):
        await eventually(lambda: len(toy.effects.ran) == 450, "450 are decided")

        async def all_published() -> bool:
            return await redis.xlen(DECIDED) == 450

        await eventually(all_published, "450 are published; no reader has begun, so all are kept")
        entry_ids = [entry_id for entry_id, _ in await entries(redis, DECIDED)]
        for reader, count in (("signals", 450), ("portfolio", 350)):
            await redis.xgroup_create(DECIDED, reader, id="0")
            await redis.xreadgroup(reader, reader, {DECIDED: ">"}, count=count)
        await redis.xack(DECIDED, "portfolio", *entry_ids[:350])
        await redis.xack(DECIDED, "signals", *entry_ids[:240], *entry_ids[241:])

        async def is_trimmed() -> bool:
            return await redis.xlen(DECIDED) < 450

        await eventually(is_trimmed, "what both have taken is trimmed")
    kept = [entry_id for entry_id, _ in await entries(redis, DECIDED)]
    assert kept[-210:] == entry_ids[240:]
