"""The toy as a process that kills itself (-9) where it is told: `python toy_process.py <where> <redis> <database>`."""

import os
import signal
import sys
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection
from tests.integration.common.toy_service import Toy, ToyEffects, ToyRepository, settings

from poise_common.platform.main import main
from poise_common.platform.service import Push, ServiceSpec
from poise_common.platform.settings import ServiceSettings


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingRepository(ToyRepository):
    """Dies when the records are written and not yet committed."""

    async def save(self, connection: AsyncConnection, records: Sequence[object]) -> None:
        await super().save(connection, records)
        die()


class DyingEffects(ToyEffects):
    """Dies when the decision is committed and its effect begins."""

    async def run(self, effect: object, push: Push) -> None:
        die()


def compose(_settings: ServiceSettings) -> ServiceSpec:
    toy = Toy()
    spec = toy.spec()
    if where == "before_commit":
        object.__setattr__(spec, "repository", DyingRepository())
    if where == "after_commit":
        object.__setattr__(spec, "effects", DyingEffects())
    return spec


class ToySettings(ServiceSettings):
    """The toy's settings, from the command line."""

    def __init__(self) -> None:
        super().__init__(**settings(redis_url, database_url).model_dump())


if __name__ == "__main__":
    where, redis_url, database_url = sys.argv[1:]
    main(compose, ToySettings)
