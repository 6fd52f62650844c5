"""Exits of packages whose two legs have come together."""

from decimal import Decimal

from poise_common.contracts.state import HeldPackage
from poise_common.domain.instruments import Side
from poise_risk.domain.exits.rules.watched import Watched
from poise_risk.domain.knowledge.depth import average_price
from poise_risk.domain.rules.profiles import Profile

_BPS = 10_000


def converged(package: HeldPackage, watched: Watched, limits: Profile) -> str | None:
    """A package goes when its basis is this small, for strategies that wait for it; two assets have none."""
    allowed_bps = limits.exits.converged_basis_bps_by_strategy.get(package.strategy)
    if allowed_bps is None or len(package.assets) > 1:
        return None
    basis_bps = closing_basis_bps(package, watched)
    if basis_bps is None or basis_bps > allowed_bps:
        return None
    return f"basis of {basis_bps:.2f} bps, converged at {allowed_bps}"


def closing_basis_bps(package: HeldPackage, watched: Watched) -> Decimal | None:
    """Return what the short leg's price is above the long leg's, at the prices the whole package could be closed at.

    (VWAP to buy the short back - VWAP to sell the long) / the latter. None where a book is stale, or too thin to tell.
    """
    long_book, short_book = watched.leg(package.long_leg).book, watched.leg(package.short_leg).book
    if long_book is None or short_book is None:
        return None
    sold_at = average_price(long_book, Side.SELL, abs(package.long_leg.quantity))
    bought_at = average_price(short_book, Side.BUY, abs(package.short_leg.quantity))
    if sold_at is None or bought_at is None:
        return None
    return (bought_at - sold_at) / sold_at * _BPS
