"""Looking after work streams: what all readers have taken is forgotten and trimmed, what Redis lost is added again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from poise_common.contracts.streams import Stream
from poise_common.domain.clock import Clock, to_ms
from poise_common.platform.bus.entry_ids import FIRST, EntryId, entry_id
from poise_common.platform.bus.incarnation import ask_incarnation, incarnation_of, read_incarnation
from poise_common.platform.bus.publishing import Publisher
from poise_common.platform.outages import Outage

Settle = Callable[[Sequence[UUID]], Awaitable[None]]


class Upkeep:
    """Look after the work streams a service writes."""

    def __init__(
        self,
        redis: Redis,
        publisher: Publisher,
        streams: Sequence[Stream],
        settle: Settle,
        clock: Clock,
        *,
        interval_s: float,
        retention_s: float,
    ) -> None:
        self._redis = redis
        self._publisher = publisher
        self._streams = streams
        self._settle = settle
        self._clock = clock
        self._interval_s = interval_s
        self._retention_ms = round(retention_s * 1000)
        self._outage = Outage("the bus, to look after its streams")

    async def run(self) -> None:
        """Look after them until cancelled; what Redis cannot be asked now is asked later."""
        while True:
            await asyncio.sleep(self._interval_s)
            try:
                await self.look()
            except (RedisConnectionError, RedisTimeoutError) as error:
                self._outage.goes_on(error)
            else:
                self._outage.is_over()

    async def look(self) -> None:
        """Look once: settle and trim below every reader's oldest entry, or notice that Redis lost what it had."""
        incarnation, floors = await self._floors()
        if incarnation is None:
            incarnation = await read_incarnation(self._redis)
            floors = {}
        self._publisher.live_in(incarnation)
        taken = [
            publication.outgoing.message_id
            for publication in self._publisher.unsettled
            if publication.incarnation == incarnation
            and publication.entry_id < floors.get(publication.outgoing.name, FIRST)
        ]
        if taken:
            await self._settle(taken)
            self._publisher.settle(taken)
        await self._trim(floors)

    async def _floors(self) -> tuple[str | None, Mapping[str, EntryId]]:
        """Return, of one moment, Redis' life and for each stream the first entry that some reader may not have."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            ask_incarnation(pipeline)
            for stream in self._streams:
                pipeline.xinfo_groups(stream.name)
                for consumer in sorted(stream.consumers):
                    pipeline.xpending(stream.name, consumer.value)
            replies = await pipeline.execute(raise_on_error=False)
        floors: dict[str, EntryId] = {}
        position = 2
        for stream in self._streams:
            readers = sorted(stream.consumers)
            pending = dict(zip(readers, replies[position + 1 :], strict=False))
            groups = _delivered(replies[position])
            floors[stream.name] = min(
                (_first_not_taken(groups.get(reader.value), pending[reader]) for reader in readers), default=FIRST
            )
            position += 1 + len(readers)
        return incarnation_of(replies[:2]), floors

    async def _trim(self, floors: Mapping[str, EntryId]) -> None:
        kept_from = EntryId(to_ms(self._clock()) - self._retention_ms, 0)
        async with self._redis.pipeline(transaction=False) as pipeline:
            for name, floor in floors.items():
                if floor > FIRST:
                    pipeline.xtrim(name, minid=str(min(floor, kept_from)), approximate=True)
            await pipeline.execute(raise_on_error=False)


def _delivered(groups: Any) -> dict[str, EntryId]:
    """Read XINFO GROUPS; a stream that is not there has no groups."""
    if not isinstance(groups, list):
        return {}
    return {group["name"].decode(): entry_id(group["last-delivered-id"]) for group in groups}


def _first_not_taken(delivered: EntryId | None, pending: Any) -> EntryId:
    """Return the oldest entry a reader may still need; one whose group is not yet made needs all."""
    if delivered is None or not isinstance(pending, dict):
        return FIRST
    return entry_id(pending["min"]) if pending["pending"] else delivered.next
