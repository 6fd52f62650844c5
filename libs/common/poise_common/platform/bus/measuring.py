"""What Prometheus is told of the streams a service reads: how long they are, and what of them it still owes."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from poise_common.contracts.streams import Service, Stream, StreamKind
from poise_common.domain.clock import Clock, to_ms
from poise_common.platform.bus.dead_letters import dead_letter_stream
from poise_common.platform.bus.entry_ids import EntryId, entry_id
from poise_common.platform.metrics import (
    BUS_UP,
    DEAD_LETTERS,
    STREAM_LAG,
    STREAM_LENGTH,
    STREAM_OLDEST_PENDING,
    STREAM_PENDING,
)

_COUNTED_AT_MOST = 1_000
"""Entries that are counted one by one where Redis has lost its own count: beyond that, it is far too many anyway."""

_NOT_YET_THERE = ("NOGROUP", "no such key")


class StreamGauges:
    """Measure a service's streams every so often, beside its work: a scrape only shows what was measured."""

    def __init__(
        self,
        redis: Redis,
        service: Service,
        streams: Sequence[Stream],
        tiers: tuple[int, ...],
        clock: Clock,
        *,
        interval_s: float,
    ) -> None:
        """`streams` are those the service reads."""
        self._redis = redis
        self._group = service.value
        self._names = tuple(name for stream in streams for name in stream.names(tiers))
        self._work = tuple(stream.name for stream in streams if stream.kind is StreamKind.WORK)
        self._clock = clock
        self._interval_s = interval_s
        self._refused: set[str] = set()

    async def run(self) -> None:
        """Measure until cancelled; what Redis does not answer changes nothing but `poise_bus_up`."""
        while True:
            try:
                await self.look()
            except (RedisConnectionError, RedisTimeoutError):
                BUS_UP.set(0)
            except RedisError as refusal:
                self._say_once(refusal)
            await asyncio.sleep(self._interval_s)

    async def look(self) -> None:
        """Measure once; raises redis-py's connection and time-out errors."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for name in self._names:
                pipeline.xlen(name)
                pipeline.xlen(dead_letter_stream(name))
            for name in self._work:
                pipeline.xinfo_groups(name)
                pipeline.xpending(name, self._group)
            replies = await pipeline.execute(raise_on_error=False)
        self._hear_refusals(replies)
        BUS_UP.set(1)
        lengths, work = replies[: 2 * len(self._names)], replies[2 * len(self._names) :]
        for name, length, put_aside in zip(self._names, lengths[::2], lengths[1::2], strict=True):
            if isinstance(length, int):
                STREAM_LENGTH.labels(name).set(length)
            if isinstance(put_aside, int):
                DEAD_LETTERS.labels(name).set(put_aside)
        for name, groups, pending in zip(self._work, work[::2], work[1::2], strict=True):
            if isinstance(pending, dict):
                self._show_pending(name, pending)
            if isinstance(groups, list):
                await self._show_lag(name, groups)

    def _show_pending(self, name: str, pending: Mapping[str, Any]) -> None:
        STREAM_PENDING.labels(name).set(pending["pending"])
        oldest = entry_id(pending["min"]) if pending["pending"] else None
        STREAM_OLDEST_PENDING.labels(name).set(0 if oldest is None else self._age_s(oldest))

    async def _show_lag(self, name: str, groups: Sequence[Mapping[str, Any]]) -> None:
        own = next((group for group in groups if group["name"].decode() == self._group), None)
        if own is None:
            return
        lag = own.get("lag")
        if lag is None:
            first_undelivered = str(entry_id(own["last-delivered-id"]).next)
            found: Any = await self._redis.xrange(name, first_undelivered, "+", count=_COUNTED_AT_MOST)
            lag = len(found)
        STREAM_LAG.labels(name).set(lag)

    def _age_s(self, entry: EntryId) -> float:
        return max(0.0, (to_ms(self._clock()) - entry.unix_ms) / 1000)

    def _hear_refusals(self, replies: Sequence[Any]) -> None:
        """Raise what broke the connection; say once what Redis refuses to tell."""
        for reply in replies:
            if isinstance(reply, RedisConnectionError | RedisTimeoutError):
                raise reply
            if isinstance(reply, RedisError) and not str(reply).startswith(_NOT_YET_THERE):
                self._say_once(reply)

    def _say_once(self, refusal: RedisError) -> None:
        if str(refusal) not in self._refused:
            self._refused.add(str(refusal))
            structlog.get_logger().warning("a stream can't be measured", reason=str(refusal))
