"""Packages that others opened by a strategy of signals: it watches their edge as that of its own."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.execution import LegSummary, PackageOpened
from poise_common.contracts.market_data import Universe
from poise_common.contracts.packages import PackageState
from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.packages import PackageRecord
from poise_signals.domain.strategy import Strategy


def adopted(
    news: PackageOpened, strategies: Mapping[str, Strategy], universe: Universe | None, now: datetime
) -> PackageRecord | None:
    """Return the record of a package that somebody else opened.

    None where its strategy is none of ours, or its legs are no candidate of the universe: risk's own exits watch it.
    """
    strategy = strategies.get(news.strategy)
    if strategy is None or universe is None:
        return None
    legs = (_id_of(news.long_leg), _id_of(news.short_leg))
    offered = (strategy.candidate(asset) for asset in universe.assets)
    candidate = next((each for each in offered if each is not None and (each.long_id, each.short_id) == legs), None)
    if candidate is None:
        return None
    return PackageRecord(
        package_id=news.package_id,
        strategy=candidate.key.strategy,
        asset=candidate.key.asset,
        venue=candidate.key.venue,
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
        note="opened by others",
        wait_until=None,
        updated_at=now,
        opened_by_others=True,
    )


def _id_of(leg: LegSummary) -> InstrumentId:
    return InstrumentId(leg.venue, leg.symbol)
