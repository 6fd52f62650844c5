"""Hindsight of the service as it runs: over a real bus, into a real database, past a kill -9."""

import signal
from datetime import timedelta
from decimal import Decimal
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.common.running import eventually, publish
from tests.integration.portfolio.process import PortfolioProcess
from tests.unit.portfolio.desk import PERPETUAL, SPOT
from tests.unit.portfolio.hindsight_desk import HindsightDesk

from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids
from poise_portfolio.adapters.hindsight_tables import funding_predictions, refused_packages


class Speaker(HindsightDesk):
    """Makes messages of now, for a portfolio that runs elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.now = utc_now()
        self.new_id = random_ids()


async def rows(engine: AsyncEngine, table: Any) -> list[Any]:
    async with engine.connect() as connection:
        return list(await connection.execute(select(table)))


async def test_a_refused_package_is_followed_and_funding_held_against_what_was_said_of_it_past_a_kill(
    redis: Redis, redis_url: str, migrated: str, engine: AsyncEngine
) -> None:
    portfolio, speaker = PortfolioProcess(redis_url, migrated), Speaker()

    async def is_written() -> bool:
        speaker.now = utc_now()
        # feeds: whoever reads them later has missed them
        await publish(redis, speaker.funding_rate(0.0003, settles_at=speaker.now + timedelta(seconds=50)))
        followed = [row.refusals for row in await rows(engine, refused_packages)]
        return followed == [3] and len(await rows(engine, funding_predictions)) > 0

    await publish(redis, speaker.universe("BTC"))
    refusals = [speaker.decided() for _ in range(3)]
    async with portfolio.running(signal.SIGKILL):
        await publish(redis, *refusals, refusals[0])
        await eventually(is_written, "it is followed, and a funding rate is noted")
    settled_at = max(row.settles_at for row in await rows(engine, funding_predictions))

    async def is_paid() -> bool:
        speaker.now = utc_now()
        next_at = settled_at + timedelta(hours=8)
        await publish(
            redis, speaker.funding_rate(settles_at=next_at, settled=[0.0002], last_settled_at=settled_at, mark=100.0)
        )
        return all(row.funding_usd for row in await rows(engine, refused_packages))

    async def has_ended() -> bool:
        speaker.now = utc_now()
        await publish(redis, speaker.book(SPOT, 100.0), speaker.book(PERPETUAL, 100.5), speaker.evaluated(-0.01, 0.0))
        return all(row.ended_at is not None for row in await rows(engine, refused_packages))

    async with portfolio.running():
        await eventually(is_paid, "what was settled is counted")
        await eventually(has_ended, "its edge is gone")
    (followed,) = await rows(engine, refused_packages)
    assert (followed.refusals, followed.ended_for) == (3, "edge_gone")
    assert (followed.price_usd, followed.funding_usd) == (Decimal("0.5"), Decimal("0.02"))
    foretold = {row.settles_at: row for row in await rows(engine, funding_predictions)}[settled_at]
    assert (foretold.lead_s, foretold.predicted_rate_per_interval) == (60, 0.0003)
    assert foretold.settled_rate_per_interval == 0.0002
