"""Candles in bulk: thousands to a statement, and as one array an asset on the way back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.contracts.market_data import CandleInterval
from poise_portfolio.adapters.history_tables import candles
from poise_portfolio.domain.records import CandleRow, CloseSeries

_WRITE = text(
    f"""
    INSERT INTO {candles.fullname}
        (venue, symbol, asset, interval, opened_at, open, high, low, close, volume)
    SELECT venue, symbol, asset, interval, to_timestamp(opened_at_ms / 1000.0), open, high, low, close, volume
    FROM unnest(
        cast(:venue AS text[]), cast(:symbol AS text[]), cast(:asset AS text[]), cast(:interval AS text[]),
        cast(:opened_at_ms AS bigint[]), cast(:open AS float8[]), cast(:high AS float8[]), cast(:low AS float8[]),
        cast(:close AS float8[]), cast(:volume AS float8[])
    ) AS given(venue, symbol, asset, interval, opened_at_ms, open, high, low, close, volume)
    ON CONFLICT (venue, symbol, interval, opened_at) DO UPDATE SET
        asset = excluded.asset, open = excluded.open, high = excluded.high, low = excluded.low,
        close = excluded.close, volume = excluded.volume
    """  # noqa: S608  # the table's own name, and bound parameters
)

_READ = text(
    f"""
    SELECT venue, symbol, asset, interval,
        array_agg((extract(epoch FROM opened_at) * 1000)::bigint ORDER BY opened_at) AS opened_at_ms,
        array_agg(close ORDER BY opened_at) AS closes
    FROM {candles.fullname}
    WHERE interval = :interval AND opened_at >= :since
    GROUP BY venue, symbol, asset, interval
    ORDER BY asset, count(*) DESC, venue, symbol
    """  # noqa: S608  # the table's own name
)


async def write_candles(connection: AsyncConnection, rows: Sequence[CandleRow]) -> None:
    """Insert candles, or write them over; of two with one key the last is written."""
    latest: Mapping[tuple[str, str, str, int], CandleRow] = {
        (row.venue, row.symbol, row.interval, row.opened_at_ms): row for row in rows
    }
    columns = zip(*latest.values(), strict=True)
    await connection.execute(
        _WRITE, {field: list(values) for field, values in zip(CandleRow._fields, columns, strict=True)}
    )


async def read_closes(connection: AsyncConnection, since: Mapping[CandleInterval, datetime]) -> tuple[CloseSeries, ...]:
    """Return the closes of candles opened since a time, a series for each market and interval."""
    found: list[CloseSeries] = []
    for interval in sorted(since):
        rows = await connection.execute(_READ, {"interval": interval.value, "since": since[interval]})
        found += (
            CloseSeries(row.venue, row.symbol, row.asset, interval, tuple(row.opened_at_ms), tuple(row.closes))
            for row in rows
        )
    return tuple(found)
