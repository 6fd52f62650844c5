"""Packages as rows of signals' own schema, and back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.contracts.packages import CloseReason, PackageState
from poise_common.domain.instruments import Instrument
from poise_common.platform.database import upsert
from poise_signals.adapters.tables import packages
from poise_signals.domain.packages.book import ENDED, PackageRecord


class PackageRepository:
    """Reads what is under way or held, and each slot's last ended package for the wait that it may still cause."""

    async def load(self, connection: AsyncConnection) -> tuple[PackageRecord, ...]:
        """Return the records a core goes on from."""
        ended = packages.c.state.in_([state.value for state in ENDED])
        slot = (packages.c.strategy, packages.c.slot_name)
        latest = (
            select(packages)
            .where(ended, ~packages.c.opened_by_others)
            .ext(distinct_on(*slot))
            .order_by(*slot, packages.c.updated_at.desc())
        )
        active = select(packages).where(~ended)
        rows = [row for statement in (active, latest) for row in (await connection.execute(statement)).mappings()]
        return tuple(_record(row) for row in rows)

    async def save(self, connection: AsyncConnection, records: Sequence[object]) -> None:
        """Write records over; of several of one package the last counts."""
        last = {record.package_id: record for record in records if isinstance(record, PackageRecord)}
        await upsert(connection, packages, [_values(record) for record in last.values()])


def _values(record: PackageRecord) -> dict[str, Any]:
    return {column.name: getattr(record, column.name) for column in packages.columns} | {
        "state": record.state.value,
        "long_instrument": record.long_instrument.model_dump(mode="json"),
        "short_instrument": record.short_instrument.model_dump(mode="json"),
        "settled_approvals": list(record.settled_approvals),
        "close_reason": None if record.close_reason is None else record.close_reason.value,
    }


def _record(row: RowMapping) -> PackageRecord:
    return PackageRecord(
        **dict(row)
        | {
            "state": PackageState(row["state"]),
            "long_instrument": Instrument.model_validate(row["long_instrument"]),
            "short_instrument": Instrument.model_validate(row["short_instrument"]),
            "settled_approvals": tuple(row["settled_approvals"]),
            "close_reason": None if row["close_reason"] is None else CloseReason(row["close_reason"]),
        }
    )
