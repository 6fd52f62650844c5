"""Reductions in an asset that has lost its day's limit."""

from collections.abc import Sequence

from poise_common.contracts.packages import CloseReason
from poise_common.contracts.state import HeldPackage
from poise_risk.domain.exits.rules.watched import ExitDue, Watched
from poise_risk.domain.rules.profiles import Profile


def reductions(packages: Sequence[HeldPackage], watched: Watched, limits: Profile) -> Sequence[ExitDue]:
    """Every package of such an asset shrinks once that day."""
    why = f"{limits.asset_daily_loss_pct} % of equity lost in the asset today"
    return [
        ExitDue.of(package, CloseReason.ASSET_DAILY_LOSS, why, limits.exits.reduce_by_pct)
        for package in packages
        if (day := watched.losing_days.get(package.asset)) is not None
        and package.package_id not in day.reduced_packages
    ]
