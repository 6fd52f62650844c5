"""How far from neutral: the package by itself, and the portfolio with it."""

from decimal import Decimal

from poise_common.contracts.packages import LimitCheck
from poise_common.contracts.state import PortfolioState
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.knowledge.standing import Packages
from poise_risk.domain.limits.check import all_or_nothing, grows_with_exposure
from poise_risk.domain.rules.profiles import of


def legs_hedged(entry: Entry) -> LimitCheck:
    """What the legs leave unhedged, in base units of the long leg: a spot fee's worth and one step at most."""
    long_quantity, short_quantity = (leg.intent.quantity for leg in entry.legs)
    fee = sum((leg.instrument.taker_fee for leg in entry.legs if not leg.instrument.is_derivative), Decimal(0))
    hedge = entry.hedge
    allowed = fee * hedge.covering(long_quantity, short_quantity).long + hedge.coarser_step(*entry.quantity_steps)
    difference = abs(hedge.residual(long_quantity, short_quantity))
    return all_or_nothing("legs_hedged", passed=difference <= allowed, value=difference, allowed=allowed)


def net_delta(entry: Entry) -> LimitCheck:
    """The portfolio's net delta in USD with what reservations and this request may add, all taken as the same sign."""
    return grows_with_exposure(
        "net_delta",
        used=net_delta_usd(entry.portfolio, entry.packages),
        per_usd=entry.per_exposure(entry.residual_usd),
        exposure_usd=entry.exposure_usd,
        allowed=of(entry.limits.net_delta_max_pct, entry.equity_usd),
    )


def net_delta_usd(portfolio: PortfolioState, packages: Packages) -> Decimal:
    """Return the portfolio's net delta without sign, with what reservations may add.

    Taking signs apart would let two packages in flight excuse each other before either is filled.
    """
    return abs(portfolio.net_delta_usd) + packages.residual_usd
