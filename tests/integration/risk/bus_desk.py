"""Everybody around risk, over the real bus: markets and ledger repeat what they say until the test stops them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from tests.integration.common.running import in_background, publish
from tests.integration.service_process import ServiceProcess
from tests.unit.risk.risk_desk import RiskDesk

from poise_common.contracts.message import Message
from poise_common.contracts.packages import Approval, PackageApproved, PackageDecided
from poise_common.contracts.state import RiskState
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.wire import decoder_of
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids

_EVERY_S = 0.1
_PATIENT = {
    "POISE_LIMITS__STALENESS__BOOK_MS": "30000",
    "POISE_LIMITS__STALENESS__PORTFOLIO_S": "30",
    "POISE_LIMITS__USUAL_LIQUIDITY__KNOWN_AFTER_S": "0",
}
"""A machine busy with other tests may be slow to speak; what is stale or unusual is for the unit tests to say."""


class BusDesk(RiskDesk):
    """Says on the bus what the unit tests' desk tells its core."""

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self._redis = redis
        self._unsent: list[Message] = []
        self.new_id = random_ids()
        self.now = utc_now()

    def send(self, message: Message) -> list[Message]:
        self._unsent.append(message)
        return []

    async def say(self, *messages: Message) -> None:
        """Publish these after whatever was told before."""
        told, self._unsent = [*self._unsent, *messages], []
        await publish(self._redis, *told)

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[None]:
        """Repeat the universe, fresh books and the ledger's state while inside."""
        async with in_background(self._speak()):
            yield

    async def read(self, kind: type[Message]) -> list[Any]:
        """Return all messages of a type that are on its stream, each once."""
        stream = stream_of(kind)
        entries: Any = await self._redis.xrange(stream.name)
        decode = decoder_of(stream)
        found = [message for _, fields in entries if isinstance(message := decode(fields), kind)]
        return list({message.id: message for message in found}.values())

    async def approvals(self) -> list[Approval]:
        return [message.approval for message in await self.read(PackageApproved)]

    async def decided(self, request: Message) -> PackageDecided | None:
        return next((each for each in await self.read(PackageDecided) if each.request_id == request.id), None)

    async def stands(self, mode: str, epoch: int) -> bool:
        """Say whether risk's newest state is this."""
        states = await self.read(RiskState)
        return bool(states) and (states[-1].mode.value, states[-1].epoch) == (mode, epoch)

    async def _speak(self) -> None:
        while True:
            self.now = utc_now()
            self.ready(tiers={"BTC": 1, "ETH": 1, "SOL": 2})
            await self.say()
            await asyncio.sleep(_EVERY_S)


class RiskProcess(ServiceProcess):
    """`python -m poise_risk`."""

    def __init__(self, redis_url: str, database_url: str, signing_key_file: Path, **environment: str) -> None:
        own = {"POISE_RISK__SIGNING_KEY_FILE": str(signing_key_file), **_PATIENT}
        super().__init__("risk", redis_url, database_url, **{**own, **environment})
