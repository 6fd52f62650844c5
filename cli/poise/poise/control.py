"""A person's orders to the desk: halt, resume, flatten."""

import asyncio
import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError

from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.contracts.message import Message
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.redis_streams import newest_id, read_after
from poise_common.platform.bus.wire import DATA_FIELD, KEY_FIELD, decoder_of, encode
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids

RUNNING_DESK = Path(".poise") / "desk.json"
"""Where a desk that was started from this folder says how it is reached."""

Command = Halt | Resume | Flatten
MODE_AFTER: Mapping[type[Command], SystemMode] = {
    Halt: SystemMode.HALTED,
    Flatten: SystemMode.HALTED,
    Resume: SystemMode.ACTIVE,
}
"""What risk's mode is once an order is carried out."""

WAIT_S = 10.0
_BLOCK_MS = 250
_STATES = stream_of(RiskState)


class DeskUnreachable(Exception):
    """No desk answers: what was tried and why it failed."""


@dataclass(slots=True)
class _Progress:
    """How far an order came: what to say when the time is up."""

    is_given: bool = False


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


async def order(redis_url: str, command: type[Command], reason: str, *, wait_s: float = WAIT_S) -> RiskState:
    """Send an order and return risk's standing as risk told it once it had taken the order.

    Raises DeskUnreachable if the bus or risk does not answer in time.
    """
    try:
        redis: Redis = Redis.from_url(redis_url)
    except ValueError as error:
        message = f"{_shown(redis_url)!r} is no address of a bus: {error}; redis://127.0.0.1:6379/0 would pass"
        raise DeskUnreachable(message) from None
    progress = _Progress()
    try:
        async with asyncio.timeout(wait_s):
            return await _give(redis, command, reason, progress)
    except (RedisError, OSError) as error:
        # TimeoutError is an OSError: once the order is given, only risk's answer is waited for.
        if progress.is_given and isinstance(error, TimeoutError):
            why = f"the order is on the bus, but risk did not confirm it within {wait_s:g} s; is risk running?"
        else:
            why = f"the bus at {_shown(redis_url)} does not answer: {str(error) or f'nothing within {wait_s:g} s'}"
        raise DeskUnreachable(why) from None
    finally:
        await redis.aclose()


async def _give(redis: Redis, command: type[Command], reason: str, progress: _Progress) -> RiskState:
    now = utc_now()
    message = command.first(random_ids()(now), "console", now, operator=_operator(), reason=reason)
    outgoing = encode(message)
    position = await newest_id(redis, _STATES.name)
    await redis.xadd(outgoing.name, {KEY_FIELD: outgoing.key, DATA_FIELD: outgoing.payload})
    progress.is_given = True
    return await _confirmation(redis, message, position)


async def _confirmation(redis: Redis, message: Message, position: str) -> RiskState:
    """Wait for the standing that follows from the order; one that came right behind it is newer still."""
    decode = decoder_of(_STATES)
    answer: RiskState | None = None
    while answer is None:
        for _, entries in await read_after(redis, {_STATES.name: position}, count=_BLOCK_MS, block_ms=_BLOCK_MS):
            for entry_id, fields in entries:
                position = entry_id.decode()
                state = decode(fields)
                if isinstance(state, RiskState) and (answer is not None or state.trace_id == message.trace_id):
                    answer = state
    return answer


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user often has no name
        return f"uid {os.getuid()}"


def _shown(url: str) -> str:
    """Return the URL without its password."""
    parts: Any = urlsplit(url)
    return url.replace(f":{parts.password}@", ":…@") if parts.password else url
