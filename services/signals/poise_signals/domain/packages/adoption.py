"""Packages that others opened by a strategy of signals: it watches their edge as that of its own."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.execution import LegSummary, PackageOpened
from poise_common.contracts.market_data import Universe
from poise_common.contracts.packages import PackageState
from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.packages.book import PackageRecord
from poise_signals.domain.strategy.protocol import Strategy


def adopted(
    news: PackageOpened,
    strategies: Mapping[str, Strategy],
    universe: Universe | None,
    rolled_from: PackageRecord | None,
    now: datetime,
) -> PackageRecord | None:
    """Return the record of a package that somebody else opened, or that one of ours was rolled into.

    A successor takes its predecessor's slot over, unless that is still held in part. None where its strategy is none of
    ours, or its legs are no candidate of the universe: risk's own exits watch it.
    """
    strategy = strategies.get(news.strategy)
    if strategy is None or universe is None:
        return None
    legs = (_id_of(news.long_leg), _id_of(news.short_leg))
    candidate = next((each for each in strategy.candidates(universe) if (each.long_id, each.short_id) == legs), None)
    if candidate is None:
        return None
    return PackageRecord(
        package_id=news.package_id,
        strategy=candidate.strategy,
        slot_name=candidate.slot_name,
        asset=candidate.asset,
        tier=candidate.tier,
        state=PackageState.OPEN,
        long_instrument=candidate.long_instrument,
        short_instrument=candidate.short_instrument,
        long_quantity=news.long_leg.held_quantity,
        short_quantity=news.short_leg.held_quantity,
        entry_yield=Decimal(0),
        request_id=news.package_id,
        requests=1,
        requested_at=now,
        approval_id=None,
        settled_approvals=(news.approval_id,),
        close_reason=None,
        note="opened by others" if rolled_from is None else f"rolled from {rolled_from.short_instrument.symbol}",
        wait_until=None,
        updated_at=now,
        opened_at=now,
        hedge_ratio=news.hedge_ratio,
        opened_by_others=rolled_from is None or rolled_from.is_active or rolled_from.opened_by_others,
    )


def _id_of(leg: LegSummary) -> InstrumentId:
    return InstrumentId(leg.venue, leg.symbol)
