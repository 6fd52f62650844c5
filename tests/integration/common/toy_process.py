"""The toy as a process that strikes itself: `python -m … <signal>@<failpoint> <redis> <database>`, or `nowhere`.

Its effects are seen by all: a strategy in the Redis list `effects` is one effect that has happened.
"""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.integration.common.toy_service import DECISIONS, Toy, ToyCore, ToyRepository, settings

from poise_common.contracts.core import Output, Run
from poise_common.platform.failpoints import arm
from poise_common.platform.main import main
from poise_common.platform.service import Push, ServiceSpec
from poise_common.platform.settings import ServiceSettings

EFFECTS = "effects"


@dataclass(frozen=True)
class LookUp:
    """Do an effect unless it has happened."""

    strategy: str


class FinishingCore(ToyCore):
    """Looks, at a start, after every effect that was decided before."""

    def __init__(self, decided: Sequence[str]) -> None:
        super().__init__(len(decided))
        self._decided = decided

    def start(self, now: datetime) -> Sequence[Output]:
        return [Run(LookUp(strategy)) for strategy in self._decided]


class NamingRepository(ToyRepository):
    """Loads what was decided."""

    async def load(self, connection: AsyncConnection) -> Any:
        return list((await connection.execute(select(DECISIONS.c.strategy))).scalars())


class SharedEffects:
    """Does effects for all to see."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url)

    async def run(self, effect: object, push: Push) -> None:
        if isinstance(effect, LookUp):
            if await self._redis.lpos(EFFECTS, effect.strategy) is not None:
                return
            effect = effect.strategy
        await self._redis.rpush(EFFECTS, str(effect))


def compose(configured: ServiceSettings) -> ServiceSpec:
    return replace(
        Toy().spec(),
        build_core=FinishingCore,
        repository=NamingRepository(),
        effects=SharedEffects(configured.redis.url),
    )


def strike_at(place: str, signal_number: signal.Signals) -> None:
    """Arm a place to strike this process the first time it is reached."""
    struck = False

    def strike(name: str) -> None:
        nonlocal struck
        if name == place and not struck:
            struck = True
            os.kill(os.getpid(), signal_number)

    arm(strike)


class ToySettings(ServiceSettings):
    """The toy's settings, from the command line."""

    def __init__(self) -> None:
        super().__init__(**settings(redis_url, database_url).model_dump())


if __name__ == "__main__":
    where, redis_url, database_url = sys.argv[1:]
    if where != "nowhere":
        strike_at(where.partition("@")[2], signal.Signals[where.partition("@")[0]])
    main(compose, ToySettings)
