"""What Redis handed to a connection that was being given up is taken soon, and not when it looks abandoned."""

import asyncio

from redis.asyncio import Redis
from tests.integration.common.readers import requests_reader
from tests.integration.common.running import eventually
from tests.integration.common.toy_service import request

from poise_common.contracts.message import Message
from poise_common.contracts.streams import Service
from poise_common.platform.bus.taking import Taken
from poise_common.platform.bus.wire import DATA_FIELD, KEY_FIELD, encode

READER = Service.RISK.value
LONG_ENOUGH_TO_LOOK_ABANDONED_S = 3_600.0


async def test_an_entry_that_a_dying_connection_was_given_is_taken_after_the_next_start_of_reading(
    redis: Redis,
) -> None:
    taken: list[Message] = []

    async def take(_stream: str, message: Message) -> Taken:
        taken.append(message)
        return Taken.YES

    reader = requests_reader(redis, take, claim_idle_s=LONG_ENOUGH_TO_LOOK_ABANDONED_S)
    reading = asyncio.create_task(reader.run())
    await reader.ready()
    outgoing = encode(request("a"))
    async with redis.pipeline(transaction=True) as at_once:  # before anybody who waits is served
        at_once.xadd(outgoing.name, {KEY_FIELD: outgoing.key, DATA_FIELD: outgoing.payload})
        at_once.xreadgroup(READER, READER, {outgoing.name: ">"})
        await at_once.execute()
    try:
        await eventually(lambda: len(taken) == 1, "the orphaned entry to be taken")
    finally:
        reading.cancel()
        await reader.close()
