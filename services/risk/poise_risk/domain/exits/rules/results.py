"""Exits by what a package has made or lost."""

from decimal import Decimal

from poise_common.contracts.state import HeldPackage
from poise_risk.domain.exits.rules.watched import Watched
from poise_risk.domain.rules.profiles import Profile


def stopped(package: HeldPackage, _: Watched, limits: Profile) -> str | None:
    """A package that has lost this much of its exposure goes."""
    made_pct, stop_pct = profit_pct(package), -limits.exits.stop_loss_pct
    return f"{made_pct:.2f} % of its exposure, stop at {stop_pct} %" if made_pct <= stop_pct else None


def at_its_target(package: HeldPackage, _: Watched, limits: Profile) -> str | None:
    """A package that has made this much of its exposure goes."""
    made_pct, target_pct = profit_pct(package), limits.exits.profit_target_pct
    return f"{made_pct:.2f} % of its exposure, target {target_pct} %" if made_pct >= target_pct else None


def profit_pct(package: HeldPackage) -> Decimal:
    """Return what a package has made after costs, in per cent of its exposure."""
    if package.exposure_usd <= 0:
        return Decimal(0)
    made_usd = package.unrealised_pnl_usd + package.funding_usd - package.fees_usd
    return made_usd * 100 / package.exposure_usd
