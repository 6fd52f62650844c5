"""Drives a core: one message at a time, its decision durable before anything of it is seen outside."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from poise_common.contracts.core import Core, Output, Publish, Run, Store
from poise_common.contracts.message import Message
from poise_common.contracts.streams import StreamKind
from poise_common.domain.clock import Clock
from poise_common.platform.bus.publishing import Publisher
from poise_common.platform.bus.wire import Outgoing, encode
from poise_common.platform.metrics import DUPLICATES, HANDLED, HOP_SECONDS, LAST_HANDLED

if TYPE_CHECKING:  # a service without a book never loads a database's libraries
    from poise_common.platform.book import Book

_REMEMBERED_IDS = 50_000

Decide = Callable[[datetime], Sequence[Output]]


class ServiceEnding(Exception):
    """The service took nothing: a defect or a stop has closed it."""


class CoreDriver:
    """Hand a core its messages in series, commit what it decides, then publish and run effects.

    After a failed commit the core is ahead of its rows, so nothing more is taken: the process ends and starts from
    the rows.
    """

    def __init__(
        self,
        core: Core,
        book: "Book | None",
        publisher: Publisher,
        *,
        clock: Clock,
        run_effect: Callable[[object], None],
        commit_timeout_s: float,
        check_lease: Callable[[], None] = lambda: None,
    ) -> None:
        """`check_lease` raises where another process may have become the writer: then nothing is let out."""
        self._core = core
        self._book = book
        self._publisher = publisher
        self._clock = clock
        self._run_effect = run_effect
        self._commit_timeout_s = commit_timeout_s
        self._check_lease = check_lease
        self._gate = asyncio.Lock()
        self._ended = False
        self._taken: OrderedDict[UUID, None] = OrderedDict()

    async def start(self) -> None:
        """Let the core say what is to be done after a start."""
        await self._decide(self._core.start)

    async def tick(self) -> None:
        """Let time pass."""
        await self._decide(self._core.tick)

    async def push(self, message: Message) -> None:
        """Take a message from a source or an effect; returns when its outputs are durable."""
        await self._decide(lambda now: self._core.handle(message, now))

    async def take_feed(self, stream: str, message: Message) -> None:
        """Take a feed's or a state's message."""
        await self._decide(lambda now: self._handle(stream, message, now))

    async def take_work(self, stream: str, message: Message) -> None:
        """Take a work message once: its id, its records and what it owes are one transaction."""
        async with self._gate:
            self._check_open()
            try:
                async with self._in_time():
                    outputs, outgoing = await self._take_once(stream, message)
                self._let_out(outputs, outgoing)
            except BaseException:
                self._ended = True
                raise

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Hold off every message while inside; none is in hand."""
        async with self._gate:
            yield

    async def end(self) -> None:
        """Finish what is in hand and take nothing more."""
        async with self._gate:
            self._ended = True

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        with nullcontext() if self._book is None else self._book.outages_told_apart():
            async with asyncio.timeout(self._commit_timeout_s):
                yield

    def _check_open(self) -> None:
        if self._ended:
            raise ServiceEnding

    def _handle(self, stream: str, message: Message, now: datetime) -> Sequence[Output]:
        if message.hops:
            hop = message.hops[-1]
            HOP_SECONDS.labels(hop.stage).observe(max(0.0, (now - hop.at).total_seconds()))
        HANDLED.labels(stream).inc()
        LAST_HANDLED.labels(stream).set(now.timestamp())
        return self._core.handle(message, now)

    async def _take_once(self, stream: str, message: Message) -> tuple[Sequence[Output], list[Outgoing]]:
        if self._book is None:
            if message.id in self._taken:
                DUPLICATES.labels(stream).inc()
                return (), []
            outputs = self._handle(stream, message, self._clock())
            self._remember(message.id)
            return outputs, _encoded(outputs)
        async with self._book.taking(message.id, stream) as connection:
            if connection is None:
                DUPLICATES.labels(stream).inc()
                return (), []
            outputs = self._handle(stream, message, self._clock())
            outgoing = _encoded(outputs)
            await self._book.write(connection, _records(outputs), _work(outgoing))
        return outputs, outgoing

    async def _decide(self, decide: Decide) -> None:
        async with self._gate:
            self._check_open()
            try:
                outputs = decide(self._clock())
                outgoing = _encoded(outputs)
                records, owed = _records(outputs), _work(outgoing)
                if self._book is not None and (records or owed):
                    async with self._in_time(), self._book.deciding() as connection:
                        await self._book.write(connection, records, owed)
                self._let_out(outputs, outgoing)
            except BaseException:
                self._ended = True
                raise

    def _let_out(self, outputs: Sequence[Output], outgoing: list[Outgoing]) -> None:
        self._check_lease()
        for output in outputs:
            if isinstance(output, Run):
                self._run_effect(output.effect)
        self._publisher.send(outgoing)

    def _remember(self, message_id: UUID) -> None:
        self._taken[message_id] = None
        if len(self._taken) > _REMEMBERED_IDS:
            self._taken.popitem(last=False)


def _encoded(outputs: Sequence[Output]) -> list[Outgoing]:
    return [encode(output.message) for output in outputs if isinstance(output, Publish)]


def _records(outputs: Sequence[Output]) -> list[object]:
    return [output.record for output in outputs if isinstance(output, Store)]


def _work(outgoing: list[Outgoing]) -> list[Outgoing]:
    return [out for out in outgoing if out.stream.kind is StreamKind.WORK]
