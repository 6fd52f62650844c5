"""The big tables in parts on a real PostgreSQL: made, filled, dropped, and never in anybody's way."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Table, func, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.portfolio.desk import Desk, shipped_parameters

from poise_common.contracts.core import Store
from poise_common.contracts.market_data import CandleInterval
from poise_portfolio.adapters.history_tables import account_reports, candles, equity_snapshots
from poise_portfolio.adapters.repository import PortfolioRepository
from poise_portfolio.domain.records import CandleRow, Candles
from poise_portfolio.domain.retention.records import PartedTable, PartsDue
from poise_portfolio.domain.retention.retention import Retention

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PARAMETERS = shipped_parameters()
REPOSITORY = PortfolioRepository(lambda: NOW, DAY, PARAMETERS.correlations.candles_needed)


@pytest.fixture
async def whole(engine: AsyncEngine) -> AsyncEngine:
    """The schema as the migrations leave it: no part but the rests."""
    async with engine.begin() as connection:
        for parent in ("candles_1m", "candles_5m", "candles_1h", "equity_snapshots", "account_reports"):
            await connection.execute(text("SELECT portfolio.drop_parts(:parent, 'infinity')"), {"parent": parent})
    return engine


def due(now: datetime = NOW) -> PartsDue:
    (output,) = Retention(PARAMETERS.retention).start(now)
    assert isinstance(output, Store)
    assert isinstance(output.record, PartsDue)
    return output.record


def candle(opened_at: datetime, interval: CandleInterval = CandleInterval.MINUTE, close: float = 100.0) -> Candles:
    opened_at_ms = round(opened_at.timestamp() * 1000)
    row = CandleRow("paper", "BTC/USDT", "BTC", interval.value, opened_at_ms, close, close, close, close, 1.0)
    return Candles((row,))


def snapshot(as_of: datetime) -> dict[str, Any]:
    amounts = {column.name: Decimal(0) for column in equity_snapshots.columns if column.name.endswith("_usd")}
    return {"as_of": as_of, **amounts}


async def saved(engine: AsyncEngine, *records: object) -> None:
    async with engine.begin() as connection:
        await REPOSITORY.save(connection, records)


async def parts(engine: AsyncEngine, parent: str) -> list[str]:
    query = text("""
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = cast('portfolio.' || :parent AS regclass) ORDER BY relname
    """)
    async with engine.connect() as connection:
        return list((await connection.execute(query, {"parent": parent})).scalars())


async def where_rows_are(engine: AsyncEngine, table: Table) -> Sequence[tuple[str, int]]:
    place = text("tableoid::regclass::text")
    query = select(place, func.count()).select_from(table).group_by(place).order_by(place)
    async with engine.connect() as connection:
        return [(name.removeprefix("portfolio."), count) for name, count in await connection.execute(query)]


async def test_parts_are_made_once(whole: AsyncEngine) -> None:
    await saved(whole, due())
    days = [f"candles_1m_2026_03_{day}" for day in range(13, 18)]
    assert await parts(whole, "candles_1m") == [*days, "candles_1m_rest"]
    months = ["account_reports_2026_03", "account_reports_2026_04", "account_reports_2026_05", "account_reports_rest"]
    assert await parts(whole, "account_reports") == months
    await saved(whole, due())
    assert await parts(whole, "candles_1m") == [*days, "candles_1m_rest"]


async def test_a_row_stands_in_its_part_and_what_has_none_in_the_rest(whole: AsyncEngine) -> None:
    await saved(whole, due(), candle(NOW), candle(NOW + 30 * DAY), candle(NOW, CandleInterval.HOUR))
    assert await where_rows_are(whole, candles) == [
        ("candles_1h_2026_03", 1),
        ("candles_1m_2026_03_15", 1),
        ("candles_1m_rest", 1),
    ]


async def test_a_row_that_came_before_its_part_moves_there(whole: AsyncEngine) -> None:
    await saved(whole, candle(NOW), candle(NOW + DAY, close=7.0))
    assert await where_rows_are(whole, candles) == [("candles_1m_rest", 2)]
    await saved(whole, due())
    assert await where_rows_are(whole, candles) == [("candles_1m_2026_03_15", 1), ("candles_1m_2026_03_16", 1)]
    async with whole.connect() as connection:
        closes = (await connection.execute(select(candles.c.close).order_by(candles.c.opened_at))).scalars().all()
    assert closes == [100.0, 7.0]


async def test_a_candle_is_written_over_in_its_part(whole: AsyncEngine) -> None:
    await saved(whole, due(), candle(NOW))
    await saved(whole, candle(NOW, close=8.0))
    async with whole.connect() as connection:
        assert (await connection.execute(select(candles.c.close))).scalars().all() == [8.0]


async def test_a_part_goes_once_all_in_it_was_kept_long_enough(whole: AsyncEngine) -> None:
    await saved(whole, due(), candle(NOW), candle(NOW - 400 * DAY))
    async with whole.begin() as connection:
        await connection.execute(equity_snapshots.insert(), [snapshot(NOW), snapshot(NOW - 2000 * DAY)])
    kept = PARAMETERS.retention.candles_kept(CandleInterval.MINUTE)
    await saved(whole, due(NOW.replace(hour=23) + kept))
    assert ("candles_1m_2026_03_15", 1) in await where_rows_are(whole, candles), "its last hour is still kept"
    await saved(whole, due(NOW.replace(hour=0) + DAY + kept))
    assert await where_rows_are(whole, candles) == []
    assert "candles_1m_2026_03_15" not in await parts(whole, "candles_1m")
    assert await where_rows_are(whole, equity_snapshots) == [("equity_snapshots_2026_03", 1)]


async def test_whoever_reads_a_table_keeps_it_as_it_is_and_nothing_else_waits(whole: AsyncEngine) -> None:
    async with whole.connect() as reader:
        await reader.execute(select(func.count()).select_from(equity_snapshots))
        await saved(whole, due(), candle(NOW))
        assert await where_rows_are(whole, candles) == [("candles_1m_2026_03_15", 1)]
        assert await parts(whole, "equity_snapshots") == ["equity_snapshots_rest"]
    await saved(whole, due())
    assert "equity_snapshots_2026_03" in await parts(whole, "equity_snapshots")


async def test_what_goes_wrong_otherwise_is_not_taken_for_a_table_in_use(whole: AsyncEngine) -> None:
    unknown = PartedTable("unknown", ((NOW, NOW + DAY),), NOW)
    with pytest.raises(ProgrammingError, match="unknown"):
        await saved(whole, PartsDue((unknown,)))


async def test_only_candles_that_a_window_needs_are_read_at_a_start(whole: AsyncEngine) -> None:
    needed = PARAMETERS.correlations.candles_needed[CandleInterval.MINUTE]
    await saved(whole, due(), candle(NOW - needed - timedelta(minutes=1)), candle(NOW - needed, close=9.0))
    async with whole.begin() as connection:
        (series,) = (await REPOSITORY.load(connection)).closes
    assert series.closes == (9.0,)


async def test_a_service_that_starts_finds_its_parts_made(whole: AsyncEngine) -> None:
    desk = Desk()
    await saved(whole, *desk.open_account().wait(1).records)
    assert all("_rest" not in place for place, _ in await where_rows_are(whole, account_reports))
    assert all("_rest" not in place for place, _ in await where_rows_are(whole, equity_snapshots))
