"""Reductions in an asset that has lost its day's limit."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from poise_common.contracts.execution import PackageClosed, PackageClosedPartly
from poise_common.contracts.packages import Approval, CloseReason
from poise_common.contracts.state import HeldPackage
from poise_common.domain.instruments import Instrument, InstrumentId
from poise_risk.domain.exits.rules.watched import ExitDue, Watched
from poise_risk.domain.rules.profiles import Profile, of

_ROUNDING_STEPS = 2
"""A share of what is held is rounded down, and so was what is held."""


def reductions(packages: Sequence[HeldPackage], watched: Watched, limits: Profile) -> Sequence[ExitDue]:
    """Every package of such an asset shrinks once that day."""
    why = f"{limits.asset_daily_loss_pct} % of equity lost in the asset today"
    return [
        ExitDue.of(package, CloseReason.ASSET_DAILY_LOSS, why, limits.exits.reduce_by_pct)
        for package in packages
        if (day := watched.losing_days.get(package.asset)) is not None
        and package.package_id not in day.reduced_packages
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
    approved = sum((leg.quantity for leg in approval.legs), Decimal(0))
    left = outcome.remaining_long_quantity + outcome.remaining_short_quantity
    rules = [rule for leg in approval.legs if (rule := instrument(leg.instrument_id)) is not None]
    rounding = _ROUNDING_STEPS * len(approval.legs) * max((rule.quantity_step for rule in rules), default=Decimal(0))
    return approved + rounding >= of(limits.exits.reduce_by_pct, approved + left)
