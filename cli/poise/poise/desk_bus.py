"""A person's side of a running desk's bus: what is said on it, what is sent to it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from poise.desk_addresses import DeskUnreachable, shown
from poise_common.contracts.message import Message
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.bus_url import BusUrlRefused
from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.bus.redis_streams import entries, newest_id, read_after
from poise_common.platform.bus.wire import DATA_FIELD, KEY_FIELD, decoder_of, encode

_BLOCK_MS = 250
_BATCH = 250

Kind = TypeVar("Kind", bound=Message)
Answer = TypeVar("Answer")


class DeskBus:
    """Reads the newest states, follows streams, sends messages."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.has_sent = False

    async def send(self, message: Message) -> None:
        outgoing = encode(message)
        await self._redis.xadd(outgoing.name, {KEY_FIELD: outgoing.key, DATA_FIELD: outgoing.payload})
        self.has_sent = True

    async def newest(self, kind: type[Kind]) -> list[Kind]:
        """Return the newest message of a type for each of its coalescing keys, in the order of the keys' first ones."""
        decode = decoder_of(stream_of(kind))
        found: dict[tuple[object, ...], Kind] = {}
        for _, fields in await entries(self._redis, stream_of(kind).name):
            message = decode(fields)
            if isinstance(message, kind):
                found[message.coalescing_key] = message
        return list(found.values())

    async def positions(self, *kinds: type[Message]) -> dict[str, str]:
        """Return where the streams of these types end now: what comes later is read from here."""
        return {stream_of(kind).name: await newest_id(self._redis, stream_of(kind).name) for kind in kinds}

    async def until(
        self, *kinds: type[Message], since: Mapping[str, str], answer: Callable[[list[Message]], Answer | None]
    ) -> Answer:
        """Follow the streams of these types from their positions until what comes is an answer.

        `answer` gets what came at once, oldest first by stream; at times that is nothing.
        """
        decoders = {stream_of(kind).name: decoder_of(stream_of(kind)) for kind in kinds}
        positions = dict(since)
        while True:
            batch: list[Message] = []
            for name, found in await read_after(self._redis, positions, count=_BATCH, block_ms=_BLOCK_MS):
                positions[name] = found[-1][0].decode()
                decoded = (decoders[name](fields) for _, fields in found)
                batch += (message for message in decoded if isinstance(message, kinds))
            found_answer = answer(batch)
            if found_answer is not None:
                return found_answer


async def ask(
    redis_url: str, question: Callable[[DeskBus], Awaitable[Answer]], *, wait_s: float, answerer: str
) -> Answer:
    """Put a question to the bus and return its answer; `answerer` is the service that gives it.

    Raises DeskUnreachable if the bus, or the service once something was sent, does not answer in time.
    """
    try:
        redis = connect_redis(redis_url)
    except BusUrlRefused as refused:
        message = f"{shown(redis_url)!r} is no address of a bus: {refused.why}"
        raise DeskUnreachable(message) from None
    bus = DeskBus(redis)
    try:
        async with asyncio.timeout(wait_s):
            return await question(bus)
    except (RedisError, OSError) as error:
        # TimeoutError is an OSError: once the order is given, only the answer is waited for.
        if bus.has_sent and isinstance(error, TimeoutError):
            why = (
                f"the order is on the bus, but {answerer} did not confirm it within {wait_s:g} s;"
                f" is {answerer} running?"
            )
        else:
            why = f"the bus at {shown(redis_url)} does not answer: {str(error) or f'nothing within {wait_s:g} s'}"
        raise DeskUnreachable(why) from None
    finally:
        await redis.aclose()
