"""Reading work streams: never lost, effect once, in order; what cannot be taken is put aside after 5 deliveries."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from faststream.message import StreamMessage
from faststream.redis.exceptions import StreamGroupNotFoundError
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from poise_common.contracts.streams import Service, Stream
from poise_common.platform.bus.broker import BLOCK_MS, create_broker, start_reading, work_subscriber
from poise_common.platform.bus.dead_letters import DeadLetters
from poise_common.platform.bus.redis_streams import (
    Fields,
    PendingEntry,
    claim,
    entries,
    make_group,
    pending_entries,
    read_new,
    set_deliveries,
)
from poise_common.platform.bus.taking import Take, Taken
from poise_common.platform.bus.wire import Decoder, Malformed, decoder_of
from poise_common.platform.failpoints import Failpoint, hit
from poise_common.platform.outages import Outage

_PENDING_PAGE = 100
_LAST_ANSWER_MS = 2 * BLOCK_MS
"""A read that was given up is answered no more after this: it would have ended by itself long before."""


class _ServiceEnding(Exception):
    """Nothing more is taken: what is in hand stays pending for the next start."""


@dataclass(frozen=True, slots=True)
class _Route:
    name: str
    decode: Decoder


async def _message_itself(message: StreamMessage[object]) -> StreamMessage[object]:
    return message


class WorkReader:
    """Read all work streams of a service through FastStream, and do what it leaves undone.

    Groups are made at id 0; what was missed is taken first, in order, one entry at a time (so that only the entry in
    hand counts a delivery), stream by stream in their turn; after any trouble with Redis all of that is done anew.
    A read that was given up may still be answered, to nobody: once no such read can be open any more, what is pending
    is looked through again. What a reader has just then is taken twice, and counts once.
    """

    def __init__(
        self,
        redis: Redis,
        service: Service,
        *,
        streams: Sequence[Stream],
        take: Take,
        fail: Callable[[BaseException], None],
        claim_idle_s: float,
        max_deliveries: int,
    ) -> None:
        self._redis = redis
        self._service = service
        self._take_message = take
        self._fail = fail
        self._claim_idle_ms = round(claim_idle_s * 1000)
        self._max_deliveries = max_deliveries
        self._dead_letters = DeadLetters(redis, service)
        in_turn = sorted(streams, key=lambda stream: stream.turn)
        self._routes = [_Route(stream.name, decoder_of(stream)) for stream in in_turn]
        self._broker = create_broker(redis, self._hear)
        self._subscribers = [work_subscriber(self._broker, route.name, service) for route in self._routes]
        for subscriber, route in zip(self._subscribers, self._routes, strict=True):
            subscriber(self._handler(route), decoder=_message_itself)
        self._in_hand: dict[str, tuple[str, int]] = {}
        self._trouble = asyncio.Event()
        self._trouble.set()
        self._orphans_may_be = True
        """Reading began lately: what was handed to a read that was given up has not been looked for since."""
        self._ready = asyncio.Event()
        self.outage = Outage("the bus, to read work")

    async def ready(self) -> None:
        """Wait until what was pending is taken and the streams are being read."""
        await self._ready.wait()

    def _hear(self, error: BaseException) -> None:
        """Hear of a subscriber's failed read: heal what heals, end the process for what does not."""
        healing = (RedisConnectionError, RedisTimeoutError, StreamGroupNotFoundError, TimeoutError, OSError)
        if isinstance(error, healing) or (isinstance(error, ResponseError) and "NOGROUP" in str(error)):
            self._trouble.set()
        elif not isinstance(error, asyncio.CancelledError):
            self._fail(error)

    async def run(self) -> None:
        """Read until cancelled; every so often, claim what was left in hand too long."""
        while True:
            try:
                async with asyncio.timeout((_LAST_ANSWER_MS if self._orphans_may_be else self._claim_idle_ms) / 1000):
                    await self._trouble.wait()
            except TimeoutError:
                pass
            try:
                if self._trouble.is_set():
                    await self._begin()
                    self._orphans_may_be = True
                else:
                    for route in self._routes:
                        await self._recover(route, BLOCK_MS if self._orphans_may_be else self._claim_idle_ms)
                    self._orphans_may_be = False
            except (RedisConnectionError, RedisTimeoutError, TimeoutError) as error:
                self._trouble.set()
                await asyncio.sleep(self.outage.goes_on(error))
            except ResponseError as error:
                if "NOGROUP" not in str(error):
                    raise
                self._trouble.set()
            except _ServiceEnding:
                return

    async def close(self) -> None:
        """Stop reading; the message in hand is finished."""
        await self._stop_subscribers()

    async def forgive(self) -> None:
        """Take back the count of deliveries that ended with the service, and not by the message's fault."""
        for name, (entry_id, deliveries) in tuple(self._in_hand.items()):  # readers may still let go of theirs
            with suppress(RedisError):
                await set_deliveries(self._redis, name, self._service.value, entry_id, deliveries - 1)

    async def _begin(self) -> None:
        await self._stop_subscribers()
        self._trouble.clear()
        await self._broker.connect()
        await self._make_groups()
        for route in self._routes:
            await self._recover(route, 0)
            await self._catch_up(route)
        for subscriber in self._subscribers:
            await start_reading(subscriber)
        self.outage.is_over()
        self._ready.set()

    async def _stop_subscribers(self) -> None:
        for subscriber in self._subscribers:
            await subscriber.stop()

    async def _make_groups(self) -> None:
        for route in self._routes:
            await make_group(self._redis, route.name, self._service.value)

    async def _recover(self, route: _Route, min_idle_ms: int) -> None:
        """Take what is pending, whoever had it, oldest first."""
        after: str | None = None
        while True:
            pending = await pending_entries(
                self._redis, route.name, self._service.value, after=after, count=_PENDING_PAGE
            )
            for entry in pending:
                if entry.idle_ms >= min_idle_ms:
                    await self._take_again(route, entry, min_idle_ms)
            if len(pending) < _PENDING_PAGE:
                return
            after = pending[-1].entry_id

    async def _catch_up(self, route: _Route) -> None:
        """Take what was never delivered."""
        while found := await read_new(self._redis, route.name, self._service.value, count=1):
            for entry_id, fields in found:
                await self._take(route, entry_id.decode(), fields, 1)

    async def _take_again(self, route: _Route, entry: PendingEntry, min_idle_ms: int) -> None:
        group = self._service.value
        if entry.deliveries >= self._max_deliveries:
            kept = await entries(self._redis, route.name, entry.entry_id, entry.entry_id)
            await self._dead_letters.put(
                route.name,
                entry.entry_id,
                kept[0][1] if kept else {},
                f"not taken in {entry.deliveries} deliveries",
                deliveries=entry.deliveries,
                group=group,
            )
            return
        fields = await claim(self._redis, route.name, group, entry.entry_id, min_idle_ms=min_idle_ms)
        if fields is not None:
            await self._take(route, entry.entry_id, fields, entry.deliveries + 1)

    def _handler(self, route: _Route) -> Callable[[StreamMessage[object]], Awaitable[None]]:
        async def handle(message: StreamMessage[object]) -> None:
            raw: dict[str, list[bytes]] = message.raw_message  # type: ignore[assignment]  # typed per broker
            try:
                await self._take(route, raw["message_ids"][0].decode(), raw["data"], 1)  # type: ignore[arg-type]  # same
            except _ServiceEnding:
                return
            except Exception as error:  # noqa: BLE001  (FastStream would log it and go on)
                self._hear(error)

        return handle

    async def _take(self, route: _Route, entry_id: str, fields: Fields, deliveries: int) -> None:
        message = route.decode(fields)
        group = self._service.value
        if isinstance(message, Malformed):
            await self._dead_letters.put(
                route.name, entry_id, fields, message.reason, deliveries=deliveries, group=group
            )
            return
        self._in_hand[route.name] = (entry_id, deliveries)
        taken = await self._take_message(route.name, message)
        if taken is not Taken.NOT_NOW:
            self._in_hand.pop(route.name, None)
        if taken is not Taken.YES:
            raise _ServiceEnding
        hit(Failpoint.ACK_BEFORE)
        await self._redis.xack(route.name, group, entry_id)
        hit(Failpoint.ACK_AFTER)
