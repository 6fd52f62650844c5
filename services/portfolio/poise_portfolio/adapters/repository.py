"""Keeps the portfolio's records in its schema."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.contracts.market_data import CandleInterval
from poise_common.domain.clock import Clock
from poise_common.platform.database import upsert
from poise_portfolio.adapters.books import read_books
from poise_portfolio.adapters.candle_rows import write_candles
from poise_portfolio.adapters.history_tables import correlation_matrices
from poise_portfolio.adapters.parts import keep_parts
from poise_portfolio.adapters.rows import rows_of
from poise_portfolio.adapters.schema import metadata
from poise_portfolio.domain.records import Books, Candles, Matrix
from poise_portfolio.domain.retention.records import PartsDue


class PortfolioRepository:
    """Reads the books, writes records; what is referred to is written before what refers to it."""

    def __init__(
        self, clock: Clock, closed_packages_kept: timedelta, candles_needed: Mapping[CandleInterval, timedelta]
    ) -> None:
        self._clock = clock
        self._closed_packages_kept = closed_packages_kept
        self._candles_needed = candles_needed

    async def load(self, connection: AsyncConnection) -> Books:
        """Return what the core is built from."""
        now = self._clock()
        return await read_books(
            connection,
            ended_since=now - self._closed_packages_kept,
            candles_since={interval: now - needed for interval, needed in self._candles_needed.items()},
        )

    async def save(self, connection: AsyncConnection, records: Sequence[object]) -> None:
        """Write records; the same key is written over, by the last of them."""
        written: dict[Table, dict[tuple[Any, ...], dict[str, Any]]] = {}
        for record in records:
            if isinstance(record, Candles):
                await write_candles(connection, record.rows)
                continue
            if isinstance(record, PartsDue):
                await keep_parts(connection, record)
                continue
            if isinstance(record, Matrix):
                await self._let_go(connection, record)
            for table, row in rows_of(record):
                key = tuple(row[column.name] for column in table.primary_key.columns)
                written.setdefault(table, {})[key] = row
        for table in metadata.sorted_tables:
            await upsert(connection, table, list(written.get(table, {}).values()))

    async def _let_go(self, connection: AsyncConnection, record: Matrix) -> None:
        matrices = correlation_matrices.c
        await connection.execute(
            correlation_matrices.delete().where(
                matrices.time_window == record.matrix.window, matrices.as_of < record.keep_since
            )
        )
