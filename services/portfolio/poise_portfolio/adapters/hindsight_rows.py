"""From records of hindsight to rows, and back."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Table, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.contracts.packages import LegRole
from poise_common.domain.instruments import InstrumentId
from poise_portfolio.adapters.hindsight_tables import funding_predictions, refused_package_legs, refused_packages
from poise_portfolio.domain.hindsight.records import (
    End,
    FundingPrediction,
    HindsightBooks,
    RefusedLeg,
    RefusedPackage,
)


def _refused_package(package: RefusedPackage) -> Iterator[tuple[Table, dict[str, Any]]]:
    yield (
        refused_packages,
        {
            "refusal_id": package.refusal_id,
            "decision_id": package.decision_id,
            "strategy": package.strategy,
            "asset": package.asset,
            "binding_limit": package.binding_limit,
            "exposure_usd": package.exposure_usd,
            "refusals": package.refusals,
            "opened_at": package.opened_at,
            "last_refused_at": package.last_refused_at,
            "price_usd": package.price_usd,
            "funding_usd": package.funding_usd,
            "fees_usd": package.fees_usd,
            "valued_at": package.valued_at,
            "ended_at": package.ended_at,
            "ended_for": None if package.end is None else package.end.value,
        },
    )
    for leg in package.legs:
        yield (
            refused_package_legs,
            {
                "refusal_id": package.refusal_id,
                "role": leg.role.value,
                "venue": leg.instrument.venue,
                "symbol": leg.instrument.symbol,
                "quantity": leg.quantity,
                "entry_price": leg.entry_price,
                "mark_price": leg.mark_price,
                "entry_fee_rate": leg.entry_fee_rate,
                "exit_fee_rate": leg.exit_fee_rate,
                "funding_usd": leg.funding_usd,
                "funded_until": leg.funded_until,
            },
        )


def _funding_prediction(prediction: FundingPrediction) -> Iterator[tuple[Table, dict[str, Any]]]:
    columns = funding_predictions.columns.keys()
    yield funding_predictions, {column: getattr(prediction, column) for column in columns}


ROWS: Mapping[type, Callable[[Any], Iterator[tuple[Table, dict[str, Any]]]]] = {
    RefusedPackage: _refused_package,
    FundingPrediction: _funding_prediction,
}


async def read_hindsight(connection: AsyncConnection, *, ended_since: datetime) -> HindsightBooks:
    """Read what is followed, what ended since a time, and predictions that are not yet settled."""
    is_at_hand = or_(refused_packages.c.ended_at.is_(None), refused_packages.c.ended_at >= ended_since)
    legs: dict[UUID, dict[LegRole, RefusedLeg]] = defaultdict(dict)
    found_legs = select(refused_package_legs).join(refused_packages).where(is_at_hand)
    for row in (await connection.execute(found_legs)).mappings():
        leg = _read_leg(row)
        legs[row["refusal_id"]][leg.role] = leg
    packages = (await connection.execute(select(refused_packages).where(is_at_hand))).mappings()
    unsettled = select(funding_predictions).where(funding_predictions.c.settled_rate_per_interval.is_(None))
    predictions = (await connection.execute(unsettled)).mappings()
    return HindsightBooks.of(
        [_read_package(row, legs[row["refusal_id"]]) for row in packages],
        [FundingPrediction(**row) for row in predictions],
    )


def _read_package(row: RowMapping, legs: Mapping[LegRole, RefusedLeg]) -> RefusedPackage:
    return RefusedPackage(
        refusal_id=row["refusal_id"],
        decision_id=row["decision_id"],
        strategy=row["strategy"],
        asset=row["asset"],
        binding_limit=row["binding_limit"],
        exposure_usd=row["exposure_usd"],
        opened_at=row["opened_at"],
        long_leg=legs[LegRole.LONG],
        short_leg=legs[LegRole.SHORT],
        valued_at=row["valued_at"],
        last_refused_at=row["last_refused_at"],
        refusals=row["refusals"],
        ended_at=row["ended_at"],
        end=None if row["ended_for"] is None else End(row["ended_for"]),
    )


def _read_leg(row: RowMapping) -> RefusedLeg:
    return RefusedLeg(
        role=LegRole(row["role"]),
        instrument=InstrumentId(row["venue"], row["symbol"]),
        quantity=row["quantity"],
        entry_price=row["entry_price"],
        mark_price=row["mark_price"],
        entry_fee_rate=row["entry_fee_rate"],
        exit_fee_rate=row["exit_fee_rate"],
        funded_until=row["funded_until"],
        funding_usd=row["funding_usd"],
    )
