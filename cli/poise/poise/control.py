"""A person's orders to the desk: halt, resume, flatten."""

import asyncio
import getpass
import json
from datetime import timedelta
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.contracts.streams import TIERS, stream_of
from poise_common.platform.bus.feeds import FeedReader
from poise_common.platform.bus.publishing import Publisher
from poise_common.platform.bus.wire import decoder_of, encode
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids

RUNNING_DESK = Path(".poise") / "desk.json"
"""Where a desk that was started from this folder says how it is reached."""

_ANSWER_WITHIN = timedelta(seconds=10)


class DeskUnreachable(Exception):
    """No desk answers: what was tried and why it failed."""


def redis_url_of(environment_url: str | None) -> str:
    """Return the bus' URL: the environment's, else that of the desk running from this folder."""
    if environment_url:
        return environment_url
    try:
        url = json.loads(RUNNING_DESK.read_text())["redis_url"]
    except (OSError, ValueError, KeyError):
        message = f"POISE_REDIS__URL is not set, and no desk was started from this folder ({RUNNING_DESK} is not there)"
        raise DeskUnreachable(message) from None
    return str(url)


async def order(redis_url: str, command: type[Halt | Resume | Flatten], reason: str) -> RiskState:
    """Send an order and return risk's standing once it shows that the order was taken.

    Raises DeskUnreachable if the bus or risk does not answer in time.
    """
    redis: Redis = Redis.from_url(redis_url)
    now = utc_now()
    message = command.first(random_ids()(now), "console", now, operator=getpass.getuser(), reason=reason)
    publisher = Publisher(redis)
    reader = FeedReader(redis, [stream_of(RiskState)], TIERS)
    try:
        await redis.ping()
        await reader.prime()
        async with asyncio.timeout(_ANSWER_WITHIN.total_seconds()):
            publishing, reading = asyncio.create_task(publisher.run()), asyncio.create_task(reader.run())
            try:
                publisher.send([encode(message)])
                await publisher.drained()
                return await _mode_after(reader, message)
            finally:
                publishing.cancel()
                reading.cancel()
    except RedisError as error:
        raise DeskUnreachable(f"the bus at {redis_url} does not answer: {error}") from None
    except TimeoutError:
        wait = _ANSWER_WITHIN.total_seconds()
        text = f"the order is on the bus, but risk did not confirm it within {wait:g} s; is the risk service running?"
        raise DeskUnreachable(text) from None
    finally:
        await redis.aclose()


async def _mode_after(reader: FeedReader, message: Halt | Resume | Flatten) -> RiskState:
    wanted = SystemMode.ACTIVE if isinstance(message, Resume) else SystemMode.HALTED
    decode = decoder_of(stream_of(RiskState))
    while True:
        await reader.arrived()
        while (entry := reader.take()) is not None:
            state = decode(entry.fields)
            if isinstance(state, RiskState) and state.mode is wanted and state.id.int >= message.id.int:
                return state
