"""Reductions in an asset that has lost its day's limit."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from poise_common.contracts.execution import PackageClosed, PackageClosedPartly
from poise_common.contracts.packages import Approval, CloseReason
from poise_common.contracts.state import HeldPackage
from poise_common.domain.hedge import Hedge
from poise_common.domain.instruments import Instrument, InstrumentId
from poise_risk.domain.exits.rules.watched import ExitDue, Watched
from poise_risk.domain.rules.profiles import Profile, of

_ROUNDING_STEPS = 2
"""A share of what is held is rounded down, and so was what is held."""


def reductions(packages: Sequence[HeldPackage], watched: Watched, limits: Profile) -> Sequence[ExitDue]:
    """Every package with a leg of such an asset shrinks once that day."""
    why = f"{limits.asset_daily_loss_pct} % of equity lost in the asset today"
    return [
        ExitDue.of(package, CloseReason.ASSET_DAILY_LOSS, why, limits.exits.reduce_by_pct)
        for package in packages
        if any(
            day is not None and package.package_id not in day.reduced_packages
            for day in map(watched.losing_days.get, package.assets)
        )
    ]


def took_its_share(
    approval: Approval,
    outcome: PackageClosed | PackageClosedPartly,
    instrument: Callable[[InstrumentId], Instrument | None],
    limits: Profile,
) -> bool:
    """Say whether a reduction is done: it was approved as large as is due, and not cut to what a thin book carried."""
    if isinstance(outcome, PackageClosed):
        return True
    hedge, (long_leg, short_leg) = Hedge(approval.hedge_ratio), approval.legs
    approved = long_leg.quantity + hedge.long_for(short_leg.quantity)
    left = outcome.remaining_long_quantity + hedge.long_for(outcome.remaining_short_quantity)
    long_step, short_step = (_step(instrument(leg.instrument_id)) for leg in approval.legs)
    rounding = _ROUNDING_STEPS * len(approval.legs) * hedge.coarser_step(long_step, short_step)
    return approved + rounding >= of(limits.exits.reduce_by_pct, approved + left)


def _step(rules: Instrument | None) -> Decimal:
    return Decimal(0) if rules is None else rules.quantity_step
