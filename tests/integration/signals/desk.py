"""Everybody around signals, over the real bus: they repeat what they say until the test stops them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from tests.integration.common.running import in_background, publish
from tests.integration.service_process import ServiceProcess
from tests.unit.signals.senders import Senders

from poise_common.contracts.message import Message
from poise_common.contracts.packages import CandidateEvaluated, ClosePackage, OpenPackage
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.wire import decoder_of
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids

_EVERY_S = 0.1


class Desk(Senders):
    """Speaks to a running signals process and reads what it says."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(utc_now(), random_ids())
        self._redis = redis
        self.premium_bps = 0.0

    def said(self) -> Sequence[Message]:
        """Return what is said each time."""
        above = 100 * (1 + self.premium_bps / 10_000)
        return (
            self.universe(),
            self.risk(),
            self.portfolio(),
            self.funding(),
            self.book("ETH/USDT", [(99.999, 1e3)], [(100.0, 1e3)]),
            self.book("ETH/USDT:USDT", [(above, 1e3)], [(above + 0.001, 1e3)]),
        )

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[None]:
        """Repeat books, funding, universe and states with the time they are sent at, while inside."""
        async with in_background(self._speak()):
            yield

    async def say(self, message: Message) -> None:
        await publish(self._redis, message)

    async def read(self, type_: type[Message]) -> list[Any]:
        """Return all messages of a type that are on its stream."""
        stream = stream_of(type_)
        entries: Any = await self._redis.xrange(stream.name)
        decode = decoder_of(stream)
        return [message for _, fields in entries if isinstance(message := decode(fields), type_)]

    async def asked(self) -> Sequence[OpenPackage | ClosePackage]:
        """Return all requests so far, each once as risk's inbox takes it: what nobody acked is sent again at a start.

        The last is what the senders' answers are to.
        """
        found = [*await self.read(OpenPackage), *await self.read(ClosePackage)]
        self.requests = list({request.id: request for request in found}.values())
        return self.requests

    async def told(self, why_not: str) -> bool:
        """Say whether the last thing told of the candidate is this."""
        evaluations = await self.read(CandidateEvaluated)
        return bool(evaluations) and evaluations[-1].why_not == why_not

    async def _speak(self) -> None:
        while True:
            self.now = utc_now()
            await publish(self._redis, *self.said())
            await asyncio.sleep(_EVERY_S)


class SignalsProcess(ServiceProcess):
    """`python -m poise_signals`."""

    def __init__(self, redis_url: str, database_url: str, **environment: str) -> None:
        # However slow the machine, no test here is about the repeat of what nobody answered.
        patient = {"POISE_STRATEGIES__TIMING__ASK_AGAIN_AFTER_S": "3600"}
        super().__init__("signals", redis_url, database_url, **{**patient, **environment})
