"""Raises alerts about nothing: the desk's own are too rare for the notifier to get to its failpoints in time."""

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Severity
from poise_common.platform.bus.wire import DATA_FIELD, KEY_FIELD, encode
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids

_EVERY_S = 0.5


async def keep_alarming(redis_url: str) -> None:
    """Have something said to people twice a second, until cancelled."""
    book = AlertBook("console", random_ids())
    redis: Redis = Redis.from_url(redis_url)
    try:
        while True:
            await asyncio.sleep(_EVERY_S)
            for told in book.tell("drill", "crash test", severity=Severity.INFO, text="a drill", now=utc_now()):
                out = encode(told.message)
                try:
                    await redis.xadd(out.name, {KEY_FIELD: out.key, DATA_FIELD: out.payload})
                except (RedisError, OSError):
                    continue  # the server was just killed
    finally:
        await redis.aclose()
