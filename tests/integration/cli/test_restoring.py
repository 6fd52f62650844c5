"""What a simulated restart gives a core is what the repositories give a live one, of the same records."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.simulation.worlds import run_world

from poise.simulation.restoring import restored_execution, restored_portfolio, restored_risk, restored_signals
from poise.simulation.world import START, World
from poise_common.contracts.market_data import CandleInterval
from poise_common.contracts.streams import Service
from poise_common.platform.database import create_engine
from poise_common.platform.service import Repository
from poise_execution.adapters.repository import ExecutionRepository
from poise_execution.domain.state import ExecutionState
from poise_portfolio.adapters.repository import PortfolioRepository
from poise_portfolio.domain.records import Books
from poise_risk.adapters.repository import RiskRepository
from poise_risk.domain.gate.waiting import WaitingRequest
from poise_signals.adapters.repository import PackageRepository

MIGRATIONS = Path(__file__).parents[3] / "infra" / "postgres" / "migrations"
ALWAYS_S = 100 * 365 * 86_400.0
"""Nothing that a world stores is too old to be read back, whatever the year it is run in."""
RECORDS_A_COMMIT = 7


@pytest.fixture(scope="module")
def world() -> World:
    """A desk that opened and closed packages and lost processes on the way."""
    return run_world(203, kills=8)


@pytest.fixture
async def database(migrated: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(migrated)
    yield engine
    await engine.dispose()


async def read_back(database: AsyncEngine, repository: Repository, records: list[object]) -> Any:
    """Save records as a service does, a few at a time, and load what they come to."""
    for first in range(0, len(records), RECORDS_A_COMMIT):
        async with database.begin() as connection:
            await repository.save(connection, records[first : first + RECORDS_A_COMMIT])
    async with database.begin() as connection:
        return await repository.load(connection)


def by(key: Callable[[Any], Any], values: Iterable[Any]) -> dict[Any, Any]:
    return {key(value): value for value in values}


async def test_signals(world: World, database: AsyncEngine) -> None:
    records = list(world.desk.records(Service.SIGNALS))
    loaded = await read_back(database, PackageRepository(), records)
    restored = restored_signals(records)
    assert restored
    assert by(lambda record: record.package_id, loaded) == by(lambda record: record.package_id, restored)


async def test_risk(world: World, database: AsyncEngine) -> None:
    records = list(world.desk.records(Service.RISK))
    loaded = await read_back(database, RiskRepository(remember_decisions_s=ALWAYS_S), records)
    restored = restored_risk(records)
    assert restored.commitments
    assert loaded.mode == restored.mode
    assert by(lambda one: one.package_id, loaded.commitments) == by(lambda one: one.package_id, restored.commitments)
    assert by(_approval_id, loaded.unsettled) == by(_approval_id, restored.unsettled)
    assert loaded.decided_requests == restored.decided_requests
    assert restored.losing_days == ()
    assert loaded.waiting == restored.waiting
    assert any(isinstance(record, WaitingRequest) for record in records)


async def test_execution(world: World, database: AsyncEngine) -> None:
    records = list(world.desk.records(Service.EXECUTION))
    repository = ExecutionRepository(remember_finished_s=ALWAYS_S, income_overlap_s=ALWAYS_S, trades_overlap_s=ALWAYS_S)
    loaded = await read_back(database, repository, records)
    restored = restored_execution(records)
    for field in fields(ExecutionState):
        assert getattr(loaded, field.name) == getattr(restored, field.name), field.name
    assert restored.fills


async def test_the_portfolio(world: World, database: AsyncEngine) -> None:
    records = list(world.desk.records(Service.PORTFOLIO))
    all_candles = dict.fromkeys(CandleInterval, timedelta(seconds=ALWAYS_S))
    repository = PortfolioRepository(lambda: START, timedelta(hours=24), all_candles)
    loaded = await read_back(database, repository, records)
    restored = restored_portfolio(records)
    for field in fields(Books):
        ours, theirs = getattr(restored, field.name), getattr(loaded, field.name)
        if isinstance(ours, tuple):
            ours, theirs = sorted(map(str, ours)), sorted(map(str, theirs))
        assert theirs == ours, field.name
    assert restored.trades
    assert restored.high_water_mark is not None
    assert restored.high_water_mark.equity_usd > Decimal(0)


def _approval_id(record: Any) -> Any:
    return record.approval.approval_id
