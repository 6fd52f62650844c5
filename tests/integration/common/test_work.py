"""Work streams: never lost, effect once, in order."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from faststream.message import StreamMessage
from redis.asyncio import Redis
from tests.integration.common.redis_nodes import ON_SERVER_AND_CLUSTER
from tests.integration.common.running import eventually, publish, running
from tests.integration.common.toy_service import POISON, Toy, decisions, new_id, request, settings

from poise_common.contracts.control import Halt
from poise_common.contracts.execution import PackageAborted
from poise_common.contracts.packages import OpenPackage
from poise_common.contracts.streams import Service
from poise_common.platform.bus.broker import create_broker, start_reading, work_subscriber
from poise_common.platform.bus.redis_streams import entries
from poise_common.platform.bus.wire import DATA_FIELD, encode
from poise_common.platform.clock import utc_now
from poise_common.platform.shell import run_service

pytestmark = ON_SERVER_AND_CLUSTER
REQUESTS = "execution.requests"
DECIDED = "execution.decisions"


async def test_what_was_published_before_the_first_start_is_delivered_in_order(
    redis: Redis, redis_url: str, database: str
) -> None:
    requests = [request(f"s{number}") for number in range(20)]
    await publish(redis, *requests)
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)):
        await eventually(lambda: len(toy.effects.ran) == 20, "20 effects ran")
    assert [decision.request_id for decision in await decisions(database)] == [one.id for one in requests]
    assert await redis.xlen(DECIDED) == 20


async def test_what_is_published_while_serving_is_taken_and_acknowledged(
    redis: Redis, redis_url: str, database: str
) -> None:
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)):
        await publish(redis, request("a"))
        await eventually(lambda: toy.effects.ran["a"] == 1, "the effect ran")
        await eventually(lambda: nothing_pending(redis), "the entry is acknowledged")


async def test_a_message_that_comes_twice_has_its_effect_once(redis: Redis, redis_url: str, database: str) -> None:
    toy, twice = Toy(), request("twice")
    async with running(toy.spec(), settings(redis_url, database)):
        await publish(redis, twice, twice, request("after"))
        await eventually(lambda: toy.effects.ran["after"] == 1, "the message behind the repeat is taken")
    assert toy.effects.ran["twice"] == 1
    assert len(await decisions(database)) == 2


async def test_what_a_dead_reader_had_in_hand_is_taken_over_in_order(
    redis: Redis, redis_url: str, database: str
) -> None:
    requests = [request(f"s{number}") for number in range(6)]
    await publish(redis, *requests)
    await redis.xgroup_create(REQUESTS, "risk", id="0")
    await redis.xreadgroup("risk", "dead", {REQUESTS: ">"}, count=3)
    await redis.xreadgroup("risk", "risk", {REQUESTS: ">"}, count=1)
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)):
        await eventually(lambda: len(toy.effects.ran) == 6, "all six are taken")
        await eventually(lambda: nothing_pending(redis), "all are acknowledged")
    assert [decision.request_id for decision in await decisions(database)] == [one.id for one in requests]


@pytest.mark.parametrize("delivered", [True, False], ids=["in a dead reader's hand", "never delivered"])
async def test_what_was_missed_is_taken_commands_first_and_what_asks_for_risk_last(
    redis: Redis, redis_url: str, database: str, delivered: bool
) -> None:
    now = utc_now()
    halt = Halt.first(new_id(now), "console", now, operator="a person", reason="enough")
    aborted = PackageAborted.first(
        new_id(now),
        "execution",
        now,
        package_id=uuid4(),
        strategy="carry",
        asset="BTC",
        approval_id=uuid4(),
        reason="enough",
    )
    await publish(redis, *(request(f"s{number}") for number in range(40)), aborted, halt)
    if delivered:
        for name in (REQUESTS, "execution.reports", "control.commands"):
            await redis.xgroup_create(name, "risk", id="0")
            await redis.xreadgroup("risk", "dead", {name: ">"}, count=30)
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)):
        await eventually(lambda: len(toy.effects.ran) == 40, "all are taken")
    assert [type(one) for one in toy.core.seen] == [Halt, PackageAborted, *(40 * [OpenPackage])]
    assert [one.strategy for one in toy.core.seen if isinstance(one, OpenPackage)] == [f"s{n}" for n in range(40)]


async def test_poison_is_put_aside_after_five_deliveries_and_the_stream_flows_on(
    redis: Redis, redis_url: str, database: str
) -> None:
    poison = request(POISON)
    await publish(redis, request("before"), poison, request("after"), request("last"))
    toy = Toy()
    for _delivery in range(5):
        assert not await redis.exists("dead.execution.requests")
        with pytest.raises(ValueError, match=POISON):
            await asyncio.wait_for(run_service(toy.spec(), settings(redis_url, database)), 20)
    async with running(toy.spec(), settings(redis_url, database)):
        await eventually(lambda: toy.effects.ran["last"] == 1, "what came behind the poison is taken")
    letters = await entries(redis, "dead.execution.requests")
    assert len(letters) == 1
    assert letters[0][1][b"reason"] == b"not taken in 5 deliveries"
    assert letters[0][1][b"deliveries"] == b"5"
    assert letters[0][1][DATA_FIELD] == encode(poison).payload
    assert toy.effects.ran == {"before": 1, "after": 1, "last": 1}
    assert await nothing_pending(redis)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xfe not json", b"Invalid JSON"),
        (b'{"type": "Unheard"}', b"Unheard"),
        (encode(request()).payload.replace(b'"schema_version":1', b'"schema_version":2'), b"unknown schema_version 2"),
        (None, b"no __data__ field"),
    ],
)
async def test_malformed_bytes_are_put_aside_at_once_with_the_reason(
    redis: Redis, redis_url: str, database: str, data: bytes | None, reason: bytes
) -> None:
    fields: dict[Any, Any] = {"other": b"field"} if data is None else {DATA_FIELD: data}
    await redis.xadd(REQUESTS, fields)
    await publish(redis, request("behind"))
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)):
        await eventually(lambda: toy.effects.ran["behind"] == 1, "the message behind it is taken")
        await eventually(lambda: nothing_pending(redis), "it is acknowledged")
    ((_, letter),) = await entries(redis, "dead.execution.requests")
    assert reason in letter[b"reason"]
    assert letter[DATA_FIELD] == (data or b"")
    assert letter[b"service"] == b"risk"
    assert len(await decisions(database)) == 1


async def test_a_group_lost_before_reading_begins_is_made_anew_at_the_first_entry(redis: Redis) -> None:
    come: list[str] = []

    async def note(message: StreamMessage[object]) -> None:
        raw: Any = message.raw_message
        come.extend(entry.decode() for entry in raw["message_ids"])

    async def itself(message: StreamMessage[object]) -> StreamMessage[object]:
        return message

    (entry_id,) = await publish(redis, request("a"))
    broker = create_broker(redis, lambda error: pytest.fail(str(error)))
    subscriber = work_subscriber(broker, REQUESTS, Service.RISK)
    subscriber(note, decoder=itself)
    await broker.connect()
    for _start in range(2):
        await start_reading(subscriber)
        await eventually(lambda: come == [entry_id], "what was published before has come")
        await subscriber.stop()
        await redis.xgroup_destroy(REQUESTS, "risk")
        come.clear()


async def nothing_pending(redis: Redis) -> bool:
    pending: Any = await redis.xpending(REQUESTS, "risk")
    return bool(pending["pending"] == 0)
