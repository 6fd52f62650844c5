"""Follows a running desk over its bus, as the console does: states and feeds only."""

import contextlib
from collections.abc import AsyncIterator

from redis.asyncio import Redis

from poise.demo.desk_view import DeskView
from poise_common.contracts.message import Message
from poise_common.contracts.streams import STREAMS, TIERS, Service, StreamKind, consumed_by
from poise_common.platform.bus.dead_letters import dead_letter_stream
from poise_common.platform.bus.feeds import FeedReader
from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.bus.wire import decoder_of
from poise_common.platform.crew import Crew

_WATCHED = tuple(stream for stream in consumed_by(Service.CONSOLE) if stream.kind is not StreamKind.WORK)
_DECODERS = {stream.name: decoder_of(stream) for stream in _WATCHED}


class DeskWatch:
    """Keep a view up to date from the bus."""

    def __init__(self, redis: Redis, view: DeskView) -> None:
        self._redis = redis
        self._view = view

    async def follow(self, reader: FeedReader) -> None:
        """Take in what the reader brings until cancelled."""
        while True:
            await reader.arrived()
            while (entry := reader.take()) is not None:
                message = _DECODERS[entry.stream.name](entry.fields)
                if isinstance(message, Message):
                    self._view.take(message)

    async def first_book(self) -> None:
        """Wait until the first order book is on the bus."""
        names = [name for stream in STREAMS if stream.name == "md.books.<tier>" for name in stream.names(TIERS)]
        while not await self._redis.xread(dict.fromkeys(names, "0-0"), count=1, block=1_000):
            pass

    async def published(self, stream_name: str) -> int:
        """Return how many messages a stream has ever carried, those trimmed since included."""
        stream = next(stream for stream in STREAMS if stream.name == stream_name)
        total = 0
        for name in stream.names(TIERS):
            if await self._redis.exists(name):
                total += int((await self._redis.xinfo_stream(name))["entries-added"])
        return total

    async def dead_letters(self) -> list[str]:
        """Return a line for every stream that holds dead letters."""
        names = sorted(dead_letter_stream(name) for stream in STREAMS for name in stream.names(TIERS))
        counts = [await self._redis.xlen(name) for name in names]
        return [f"{count} dead letters on {name}" for name, count in zip(names, counts, strict=True) if count]


@contextlib.asynccontextmanager
async def watching(redis_url: str, view: DeskView) -> AsyncIterator[DeskWatch]:
    """Follow the desk at a bus for as long as the block lasts."""
    redis = connect_redis(redis_url)
    crew = Crew()
    watch = DeskWatch(redis, view)
    reader = FeedReader(redis, _WATCHED, TIERS)
    try:
        await reader.prime()
        crew.start(reader.run())
        crew.start(watch.follow(reader))
        yield watch
    finally:
        await crew.end()
        await redis.aclose()
    crew.check()
