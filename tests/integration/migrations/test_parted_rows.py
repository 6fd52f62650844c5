"""What a desk has written goes up and down with the revisions that move it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.integration.migrations.databases import DIRECTORY, downgrade_to_nothing, execute, run

from poise_common.platform.migrations import downgrade, upgrade

BEFORE, PARTED = "0012_self_trades", "0013_retention"
START = datetime(2026, 1, 30, 12, tzinfo=UTC)
DAYS = [START + timedelta(days=day) for day in range(4)]

CANDLE = "INSERT INTO portfolio.candles VALUES ('paper', 'BTC/USDT', $1, $2, 'BTC', 1, 2, 0.5, 1.5, 10)"
SNAPSHOT = "INSERT INTO portfolio.equity_snapshots VALUES ($1, 1, 2, 3, 4, 5, 6, 7, 8, 9)"
ACCOUNT = "INSERT INTO portfolio.accounts VALUES ('paper', $1, $1, 1, 2, 3, 0, false)"
REPORT = "INSERT INTO portfolio.account_reports VALUES ('paper', $1, false, '[]', '[]', 1, 2, 3, 0)"
MOVED = ("candles", "equity_snapshots", "account_reports")


@pytest.fixture
def filled(database_url: str) -> str:
    """A database from before the tables were parted, with four days in it that lie in two months."""
    downgrade_to_nothing(database_url)
    upgrade(database_url, BEFORE, directory=DIRECTORY)

    async def fill(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql(ACCOUNT, (START,))
        for at in DAYS:
            for interval in ("1m", "5m", "1h"):
                await connection.exec_driver_sql(CANDLE, (interval, at))
            await connection.exec_driver_sql(SNAPSHOT, (at,))
            await connection.exec_driver_sql(REPORT, (at,))

    run(database_url, fill)
    return database_url


def test_rows_go_into_their_parts_and_back(filled: str) -> None:
    before = {table: rows(filled, table) for table in MOVED}
    assert [len(found) for found in before.values()] == [12, 4, 4]
    upgrade(filled, PARTED, directory=DIRECTORY)
    assert {table: rows(filled, table) for table in MOVED} == before
    assert set(places(filled, "candles")) == {
        *(f"portfolio.candles_{interval}_2026_{at:%m_%d}" for interval in ("1m", "5m") for at in DAYS),
        "portfolio.candles_1h_2026_01",
        "portfolio.candles_1h_2026_02",
    }
    assert set(places(filled, "equity_snapshots")) == {
        "portfolio.equity_snapshots_2026_01",
        "portfolio.equity_snapshots_2026_02",
    }
    downgrade(filled, BEFORE, directory=DIRECTORY)
    assert {table: rows(filled, table) for table in MOVED} == before
    assert set(places(filled, "candles")) == {"portfolio.candles"}


def test_a_book_with_a_state_that_cannot_be_is_not_taken_up(filled: str) -> None:
    execute(filled, "UPDATE portfolio.equity_snapshots SET equity_usd = 'NaN'")
    with pytest.raises(Exception, match="equity_snapshots_amounts_are_finite"):
        upgrade(filled, directory=DIRECTORY)
    assert set(places(filled, "candles")) == {"portfolio.candles"}


def rows(url: str, table: str) -> list[tuple[Any, ...]]:
    return sorted(asked(url, f"SELECT * FROM portfolio.{table}"))  # noqa: S608  (a name of our own)


def places(url: str, table: str) -> list[str]:
    return [place for (place,) in asked(url, f"SELECT DISTINCT tableoid::regclass::text FROM portfolio.{table}")]  # noqa: S608  (a name of our own)


def asked(url: str, query: str) -> list[tuple[Any, ...]]:
    async def ask(connection: AsyncConnection) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await connection.exec_driver_sql(query)]

    found: list[tuple[Any, ...]] = run(url, ask)
    return found
