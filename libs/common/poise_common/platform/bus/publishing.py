"""Adding messages to streams: pipelined, in order, and work not forgotten before all its readers have it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from poise_common.contracts.streams import StreamKind
from poise_common.platform.bus.entry_ids import EntryId, entry_id
from poise_common.platform.bus.incarnation import ask_marker, read_incarnation
from poise_common.platform.bus.redis_client import look_for_home_anew
from poise_common.platform.bus.wire import DATA_FIELD, KEY_FIELD, Outgoing
from poise_common.platform.failpoints import Failpoint, hit
from poise_common.platform.metrics import DROPPED, OWED, PUBLISHED
from poise_common.platform.outages import Outage

_PIPELINE_LENGTH = 500
_UNKNOWN_LIFE = "unknown"


class Publication(NamedTuple):
    """Where and in which life of Redis, or an earlier one, a work message was added."""

    outgoing: Outgoing
    entry_id: EntryId
    incarnation: str


class Publisher:
    """Publish what is handed over, in that order, as soon as Redis takes it.

    A feed's message is dropped while Redis is unreachable; a state's and a work stream's are kept. A work message is
    kept after it was added, too, until `settle`: when Redis lost what it had, all that is kept is added again (the
    readers' inboxes tell repeats). Which life took a message is asked along with adding it: a master that was cut off
    still takes messages while another one is alive to the rest.
    """

    def __init__(self, redis: Redis, check_lease: Callable[[], None] = lambda: None) -> None:
        """`check_lease` raises where another process may have become the writer: then nothing is published."""
        self._redis = redis
        self._check_lease = check_lease
        self._waiting: deque[Outgoing] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._unsettled: dict[UUID, Publication] = {}
        self._last_states: dict[tuple[str, bytes], Outgoing] = {}
        self._lives_of_states: dict[tuple[str, bytes], str] = {}
        self._incarnation: str | None = None
        self.outage = Outage("the bus, to publish")

    @property
    def unsettled(self) -> Sequence[Publication]:
        """Work messages that were added and are not known to be taken by all readers, oldest first."""
        return tuple(self._unsettled.values())

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Hand over messages; those of feeds are dropped at once while Redis is unreachable."""
        for outgoing in messages:
            if outgoing.stream.kind is StreamKind.FEED and self.outage.lasts:
                DROPPED.labels(outgoing.name).inc()
                continue
            if outgoing.stream.kind is StreamKind.STATE:
                self._last_states[outgoing.name, outgoing.key] = outgoing
            self._waiting.append(outgoing)
        if self._waiting:
            self._idle.clear()
            self._wake.set()

    def settle(self, message_ids: Iterable[UUID]) -> None:
        """Forget work messages that all readers have taken."""
        for message_id in message_ids:
            self._unsettled.pop(message_id, None)
        OWED.set(len(self._unsettled))

    def live_in(self, incarnation: str) -> None:
        """Note the present life of Redis; what another one took may be lost, and is added again first."""
        self._incarnation = incarnation
        lost = [one for one in self._unsettled.values() if one.incarnation != incarnation]
        for publication in lost:
            del self._unsettled[publication.outgoing.message_id]
        self._put_back([*self._lost_states(incarnation), *(one.outgoing for one in lost)])

    async def drained(self) -> None:
        """Wait until nothing waits to be added."""
        await self._idle.wait()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting or self.outage.lasts:
                try:
                    await self._publish_some()
                except (RedisConnectionError, RedisTimeoutError) as error:
                    self._note_idle()
                    await asyncio.sleep(self.outage.goes_on(error))
            self._note_idle()

    def _note_idle(self) -> None:
        if not self._waiting:
            self._idle.set()

    async def _publish_some(self) -> None:
        if self._incarnation is None or self.outage.lasts:
            self.live_in(await read_incarnation(self._redis))
        if not self._waiting:
            # Feeds are dropped until the outage is over: with nothing else to add, its end must show here.
            self.outage.is_over()
            return
        batch = [self._waiting.popleft() for _ in range(min(_PIPELINE_LENGTH, len(self._waiting)))]
        try:
            hit(Failpoint.PUBLISH_BEFORE)
            self._check_lease()
            replies, life = await self._add(batch)
            hit(Failpoint.PUBLISH_AFTER)
        except (RedisConnectionError, RedisTimeoutError, asyncio.CancelledError):
            self._put_back(batch)
            raise
        refused = self._note(batch, replies, life)
        if life not in (None, self._incarnation):
            await look_for_home_anew(self._redis)
        if refused is None:
            self.outage.is_over()
        else:
            await asyncio.sleep(self.outage.goes_on(refused))

    def _lost_states(self, incarnation: str) -> Sequence[Outgoing]:
        lost = {key for key, life in self._lives_of_states.items() if life != incarnation}
        lost -= {(outgoing.name, outgoing.key) for outgoing in self._waiting}
        return [self._last_states[key] for key in lost]

    async def _add(self, batch: Sequence[Outgoing]) -> tuple[list[bytes | RedisError], str | None]:
        """Add the messages; return what Redis answered to each, and a life that is theirs or came before it.

        None where it is not asked, as feeds are never added again, or not known.
        """
        asks = any(outgoing.stream.kind is not StreamKind.FEED for outgoing in batch)
        async with self._redis.pipeline(transaction=False) as pipeline:
            if asks:
                ask_marker(pipeline)
            for outgoing in batch:
                pipeline.xadd(
                    outgoing.name,
                    {KEY_FIELD: outgoing.key, DATA_FIELD: outgoing.payload},
                    maxlen=outgoing.stream.max_entries,
                    approximate=True,
                )
            replies: list[bytes | RedisError] = await pipeline.execute(raise_on_error=False)
        broken = next((reply for reply in replies if isinstance(reply, RedisConnectionError)), None)
        if broken is not None:
            raise broken
        life = replies.pop(0) if asks else None
        return replies, life.decode() if isinstance(life, bytes) else None

    def _note(
        self, batch: Sequence[Outgoing], replies: Sequence[bytes | RedisError], life: str | None
    ) -> RedisError | None:
        """Book what was added; put back what Redis refused, and return why."""
        refusals = [(out, reply) for out, reply in zip(batch, replies, strict=True) if isinstance(reply, RedisError)]
        for outgoing, reply in zip(batch, replies, strict=True):
            if isinstance(reply, RedisError):
                continue
            PUBLISHED.labels(outgoing.name).inc()
            if outgoing.stream.kind is StreamKind.WORK:
                self._unsettled[outgoing.message_id] = Publication(outgoing, entry_id(reply), life or _UNKNOWN_LIFE)
            elif outgoing.stream.kind is StreamKind.STATE:
                self._lives_of_states[outgoing.name, outgoing.key] = life or _UNKNOWN_LIFE
        OWED.set(len(self._unsettled))
        self._put_back([outgoing for outgoing, _ in refusals])
        return refusals[0][1] if refusals else None

    def _put_back(self, batch: Sequence[Outgoing]) -> None:
        kept = [outgoing for outgoing in batch if outgoing.stream.kind is not StreamKind.FEED]
        for outgoing in batch:
            if outgoing.stream.kind is StreamKind.FEED:
                DROPPED.labels(outgoing.name).inc()
        self._waiting.extendleft(reversed(kept))
        if kept:
            self._idle.clear()
            self._wake.set()
