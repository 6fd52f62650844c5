"""A service at work: readers, publisher, clock and effects as one group that lives and ends together."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from time import perf_counter
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from poise_common.contracts.message import Message
from poise_common.contracts.streams import TIERS, Stream, StreamKind, consumed_by, published_by
from poise_common.domain.clock import Clock
from poise_common.platform.bus.dead_letters import DeadLetters
from poise_common.platform.bus.feeds import FeedEntry, FeedReader
from poise_common.platform.bus.measuring import StreamGauges
from poise_common.platform.bus.publishing import Publisher
from poise_common.platform.bus.taking import NoWork, Taken, Work
from poise_common.platform.bus.upkeep import Upkeep
from poise_common.platform.bus.wire import Malformed, Outgoing, decoder_of
from poise_common.platform.connections import Connections
from poise_common.platform.crew import Crew
from poise_common.platform.driver import CoreDriver, ServiceEnding
from poise_common.platform.endings import StartsAnew
from poise_common.platform.memory import give_back_what_is_free
from poise_common.platform.service import ServiceSpec, Source
from poise_common.platform.settings import ServiceSettings

_YIELD_AFTER_S = 0.001
_PRUNE_EVERY_S = 3_600.0
_FORGIVE_WITHIN_S = 1.0


class Serving:
    """Build a service's parts around its connections, and run them."""

    def __init__(self, spec: ServiceSpec, settings: ServiceSettings, connections: Connections, clock: Clock) -> None:
        self._spec = spec
        self._settings = settings
        self._connections = connections
        self._clock = clock
        redis, bus = connections.redis, settings.bus
        consumed = consumed_by(spec.service)
        self._crew = Crew()
        self._check_lease = connections.lease.check if connections.lease is not None else _needs_no_lease
        self._publisher = Publisher(redis, self._check_lease)
        self._feeds = FeedReader(
            redis, [stream for stream in consumed if stream.kind is not StreamKind.WORK], spec.tiers or TIERS
        )
        self._decoders = {stream.name: decoder_of(stream) for stream in consumed}
        self._dead_letters = DeadLetters(redis, spec.service)
        self._work = self._reader_of(_work_streams(consumed))
        self._upkeep = Upkeep(
            redis,
            self._publisher,
            _work_streams(published_by(spec.service)),
            self._settle,
            clock,
            interval_s=bus.upkeep_interval_s,
            retention_s=bus.work_retention_s,
        )
        self._gauges = StreamGauges(
            redis, spec.service, consumed, spec.tiers or TIERS, clock, interval_s=bus.measure_interval_s
        )
        self._intake: list[asyncio.Task[None]] = []
        self._effects: set[asyncio.Task[None]] = set()
        self._driver: CoreDriver
        self._is_reading = False
        self._log = structlog.get_logger()

    def unready(self) -> Sequence[str]:
        """Say why the service is not ready."""
        reasons = [] if self._is_reading else ["starting: state and pending work are being read"]
        outages = (self._publisher.outage, self._feeds.outage, self._work.outage)
        return [*reasons, *(f"unreachable: {outage.what}" for outage in outages if outage.lasts)]

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until the stop, finish what is in hand, and return; a defect in any part ends all and is raised."""
        try:
            if self._connections.lease is not None:
                self._crew.start(self._connections.lease.renew())
            self._crew.start(self._publisher.run())
            await self._restore()
            for part in self._caretakers():
                self._crew.start(part)
            self._intake.append(self._crew.start(self._begin()))
            await self._crew.until(stop)
            await self._finish()
            self._crew.check()
        finally:
            await self._crew.end()
            with suppress(TimeoutError):
                async with asyncio.timeout(_FORGIVE_WITHIN_S):
                    await self._work.forgive()
            await self._work.close()

    def _reader_of(self, streams: Sequence[Stream]) -> Work:
        if not streams:
            return NoWork()
        from poise_common.platform.bus.work import WorkReader  # noqa: PLC0415 - loads FastStream, 6 MB

        bus = self._settings.bus
        return WorkReader(
            self._connections.redis,
            self._spec.service,
            streams=streams,
            take=self._take_work,
            fail=self._crew.fail,
            claim_idle_s=3 * bus.handler_timeout_s,
            max_deliveries=bus.max_deliveries,
        )

    async def _restore(self) -> None:
        """Build the core from its rows, owe what was owed, and let it say what a start calls for."""
        book = self._connections.book
        core = self._spec.build_core(await book.load() if book else None)
        self._driver = CoreDriver(
            core,
            book,
            self._publisher,
            clock=self._clock,
            run_effect=self._run_effect,
            commit_timeout_s=self._settings.bus.handler_timeout_s,
            check_lease=self._check_lease,
        )
        if book:
            streams = {name: stream for stream in published_by(self._spec.service) for name in stream.names(TIERS)}
            self._publisher.send(
                Outgoing(streams[owed.stream], owed.stream, owed.message_id, owed.payload, b"")
                for owed in await book.owed()
                if owed.stream in streams
            )
        await self._driver.start()

    async def _begin(self) -> None:
        """Read: what states hold first, then pending work, then all that comes."""
        await self._feeds.prime()
        while (entry := self._feeds.take()) is not None:
            await self._take_entry(entry)
        self._intake += [
            self._crew.start(part)
            for part in (
                self._feeds.run(),
                self._follow_feeds(),
                self._work.run(),
                self._tick(),
                give_back_what_is_free(),
                *(self._run_source(source) for source in self._spec.sources),
            )
        ]
        await self._work.ready()
        self._is_reading = True
        self._log.info("serving")

    def _caretakers(self) -> list[Coroutine[None, None, None]]:
        parts = [self._upkeep.run(), self._gauges.run()]
        if self._connections.book is not None:
            parts.append(self._prune())
        return parts

    async def _finish(self) -> None:
        """Take nothing more; let effects under way end and what is decided go out, for a while."""
        self._is_reading = False
        grace_s = self._settings.bus.stop_grace_s
        await self._work.close()
        async with self._driver.paused():
            await self._crew.end(self._intake)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                while self._effects:
                    await asyncio.wait(self._effects)
        await self._driver.end()
        await self._crew.end(self._effects)
        try:
            async with asyncio.timeout(grace_s):
                await self._publisher.drained()
        except TimeoutError:
            self._log.warning("stopped with messages unpublished; what is owed goes out at the next start")

    async def _take_work(self, stream: str, message: Message) -> Taken:
        try:
            await self._driver.take_work(stream, message)
        except ServiceEnding:
            return Taken.NOT_NOW
        except StartsAnew as ending:
            self._crew.fail(ending)
            return Taken.NOT_NOW
        except Exception as error:  # noqa: BLE001  (every defect ends the service, none is swallowed)
            self._crew.fail(error)
            return Taken.FAILED
        return Taken.YES

    async def _follow_feeds(self) -> None:
        yielded_at = perf_counter()
        while True:
            entry = self._feeds.take()
            if entry is None:
                await self._feeds.arrived()
                yielded_at = perf_counter()
                continue
            await self._take_entry(entry)
            if perf_counter() - yielded_at > _YIELD_AFTER_S:
                await asyncio.sleep(0)
                yielded_at = perf_counter()

    async def _take_entry(self, entry: FeedEntry) -> None:
        message = self._decoders[entry.stream.name](entry.fields)
        if not isinstance(message, Malformed):
            await self._driver.take_feed(entry.name, message)
            return
        try:
            await self._dead_letters.put(entry.name, entry.entry_id, entry.fields, message.reason)
        except RedisError as error:
            self._log.error("malformed and not put aside", stream=entry.name, reason=message.reason, error=str(error))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._spec.tick_interval_s)
            await self._driver.tick()

    async def _run_source(self, source: Source) -> None:
        with suppress(ServiceEnding):
            await source.run(self._driver.push)

    def _run_effect(self, effect: object) -> None:
        task = self._crew.start(self._do_effect(effect))
        self._effects.add(task)
        task.add_done_callback(self._effects.discard)

    async def _do_effect(self, effect: object) -> None:
        if self._spec.effects is None:
            message = f"{self._spec.service} has no runner for {effect!r}"
            raise TypeError(message)
        self._check_lease()
        with suppress(ServiceEnding):
            await self._spec.effects.run(effect, self._driver.push)

    async def _settle(self, message_ids: Sequence[UUID]) -> None:
        if self._connections.book is not None:
            await self._connections.book.settle(message_ids)

    async def _prune(self) -> None:
        kept = timedelta(days=self._settings.bus.inbox_retention_days)
        while self._connections.book is not None:
            await self._connections.book.prune(self._clock() - kept)
            await asyncio.sleep(_PRUNE_EVERY_S)


def _needs_no_lease() -> None:
    """Let everything pass: the service writes no schema."""


def _work_streams(streams: Sequence[Stream]) -> list[Stream]:
    return [stream for stream in streams if stream.kind is StreamKind.WORK]
