"""How large: a trade, a package, all packages together."""

from collections.abc import Iterable
from decimal import Decimal

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.knowledge.standing import StandingPackage
from poise_risk.domain.limits.check import grows_with_exposure
from poise_risk.domain.rules.profiles import of

_WHOLE = Decimal(1)


def risk_per_trade(entry: Entry) -> LimitCheck:
    """Exposure times its stop distance, in USD."""
    return grows_with_exposure(
        "risk_per_trade",
        used=Decimal(0),
        per_usd=of(entry.limits.exits.stop_loss_pct, _WHOLE),
        exposure_usd=entry.exposure_usd,
        allowed=of(entry.limits.risk_per_trade_pct, entry.equity_usd),
    )


def position_size(entry: Entry) -> LimitCheck:
    """The package's own exposure, in USD."""
    return grows_with_exposure(
        "position_size",
        used=Decimal(0),
        per_usd=_WHOLE,
        exposure_usd=entry.exposure_usd,
        allowed=of(entry.limits.position_size_pct, entry.equity_usd),
    )


def total_exposure(entry: Entry) -> LimitCheck:
    """All packages held and reserved, this one included, in USD."""
    return grows_with_exposure(
        "total_exposure",
        used=entry.packages.exposure_usd,
        per_usd=_WHOLE,
        exposure_usd=entry.exposure_usd,
        allowed=of(entry.limits.total_exposure_pct, entry.equity_usd),
    )


def total_exposure_usd(packages: Iterable[StandingPackage]) -> Decimal:
    """Sum what is held and reserved."""
    return sum((package.exposure_usd for package in packages), Decimal(0))
