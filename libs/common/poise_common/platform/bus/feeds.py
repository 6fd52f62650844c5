"""Reading feeds and states: all streams in one blocked call, newest per key, a slow reader skips and never lags."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from poise_common.contracts.streams import Stream, StreamKind
from poise_common.platform.bus.incarnation import read_incarnation
from poise_common.platform.bus.redis_streams import Entry, Fields, entries, newest_id, read_after
from poise_common.platform.bus.wire import KEY_FIELD
from poise_common.platform.metrics import SKIPPED
from poise_common.platform.outages import Outage

_BLOCK_MS = 1_000
_READ_LENGTH = 500


class FeedEntry(NamedTuple):
    """An entry not yet decoded."""

    stream: Stream
    name: str
    entry_id: str
    fields: Fields


class FeedReader:
    """Keep the newest entry of each key until it is taken, the one that waits longest first."""

    def __init__(self, redis: Redis, streams: Sequence[Stream], tiers: tuple[int, ...]) -> None:
        self._redis = redis
        self._streams = {name: stream for stream in streams for name in stream.names(tiers)}
        self._positions: dict[str, str] = {}
        self._life: str | None = None
        self._latest: dict[tuple[str, bytes], FeedEntry] = {}
        self._arrived = asyncio.Event()
        self.outage = Outage("the bus, to read feeds")

    @property
    def names(self) -> tuple[str, ...]:
        """The streams that are followed."""
        return tuple(self._streams)

    async def prime(self) -> None:
        """Read what states and from-start feeds still hold; other feeds begin behind what they hold now.

        All of it is of one life of Redis: what a life that ended meanwhile held is forgotten.
        """
        self._life = None
        while True:
            try:
                await self._read_a_new_life()
                return self.outage.is_over()
            except (RedisConnectionError, RedisTimeoutError) as error:
                await asyncio.sleep(self.outage.goes_on(error))

    async def run(self) -> None:
        """Read until cancelled; heal by itself when Redis comes back.

        What another life of Redis holds is read like at a start: its entries may have ids that a former one gave.
        """
        while self._positions:
            try:
                if self.outage.lasts:
                    await self._read_a_new_life()
                read = await read_after(self._redis, self._positions, count=_READ_LENGTH, block_ms=_BLOCK_MS)
            except (RedisConnectionError, RedisTimeoutError) as error:
                await asyncio.sleep(self.outage.goes_on(error))
                continue
            self.outage.is_over()
            for name, found in read:
                self._keep(name, found)

    def take(self) -> FeedEntry | None:
        """Return the entry that waits longest, None if none waits."""
        if not self._latest:
            self._arrived.clear()
            return None
        return self._latest.pop(next(iter(self._latest)))

    async def arrived(self) -> None:
        """Wait until an entry waits."""
        await self._arrived.wait()

    async def _read_a_new_life(self) -> None:
        """Read what is held, all of one life of Redis, unless that was done."""
        done = self._life
        while (life := await read_incarnation(self._redis)) != done:
            await self._read_what_is_held()
            done = life
        self._life = done

    async def _read_what_is_held(self) -> None:
        self._latest.clear()
        for name, stream in self._streams.items():
            if stream.kind is StreamKind.STATE or stream.from_start:
                self._positions[name] = "0-0"
                self._keep(name, await entries(self._redis, name))
            else:
                self._positions[name] = await newest_id(self._redis, name)

    def _keep(self, name: str, found: Sequence[Entry]) -> None:
        if not found:
            return
        stream = self._streams[name]
        latest = self._latest
        skipped = 0
        for entry_id, fields in found:
            key = (name, fields.get(KEY_FIELD, entry_id))
            if key in latest:
                skipped += 1
            latest[key] = FeedEntry(stream, name, entry_id.decode(), fields)
        self._positions[name] = found[-1][0].decode()
        if skipped:
            SKIPPED.labels(name).inc(skipped)
        self._arrived.set()
