"""From records of phases to rows, and back."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Select, Table, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_portfolio.adapters.phases_tables import asset_months, phase_changes, phase_days, phase_events
from poise_portfolio.domain.phases.records import (
    AssetMonth,
    EventKind,
    PhaseBooks,
    PhaseChange,
    PhaseDay,
    PhaseEvent,
)

Rows = Callable[[Any], Iterator[tuple[Table, dict[str, Any]]]]


def _rows_in(table: Table) -> Rows:
    """Write a record whose fields are a table's columns."""
    columns = table.columns.keys()

    def rows(record: object) -> Iterator[tuple[Table, dict[str, Any]]]:
        yield table, {column: getattr(record, column) for column in columns}

    return rows


def _event(event: PhaseEvent) -> Iterator[tuple[Table, dict[str, Any]]]:
    yield (
        phase_events,
        {
            "kind": event.kind.value,
            "subject": event.subject,
            "at": event.at,
            "detail": event.detail,
            "ended_at": event.ended_at,
        },
    )


ROWS: Mapping[type, Rows] = {
    PhaseChange: _rows_in(phase_changes),
    PhaseDay: _rows_in(phase_days),
    AssetMonth: _rows_in(asset_months),
    PhaseEvent: _event,
}


async def read_phases(connection: AsyncConnection) -> PhaseBooks:
    """Read the newest change, its days, all months, and what happened since it or still lasts."""
    newest = (
        await connection.execute(select(phase_changes).order_by(phase_changes.c.sequence.desc()).limit(1))
    ).mappings()
    change = next((PhaseChange(**row) for row in newest), None)
    if change is None:
        return PhaseBooks()
    days = await _all(connection, select(phase_days).where(phase_days.c.sequence == change.sequence))
    months = await _all(connection, select(asset_months))
    lasts_or_is_new = or_(phase_events.c.ended_at.is_(None), phase_events.c.at >= change.since)
    events = await _all(connection, select(phase_events).where(lasts_or_is_new))
    return PhaseBooks.of(
        [
            change,
            *(PhaseDay(**row) for row in days),
            *(AssetMonth(**row) for row in months),
            *(PhaseEvent(**{**row, "kind": EventKind(row["kind"])}) for row in events),
        ]
    )


async def _all(connection: AsyncConnection, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]
