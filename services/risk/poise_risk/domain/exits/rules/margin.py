"""Exits for the margin accounts: legs near their liquidation, and accounts near their maintenance."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from poise_common.contracts.packages import CloseReason, LegRole
from poise_common.contracts.state import HeldPackage
from poise_risk.domain.exits.rules.watched import ExitDue, Watched, instrument_of, legs_of
from poise_risk.domain.knowledge.derivatives import LegPosition
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.knowledge.standing import leg_notional_usd
from poise_risk.domain.knowledge.symbols import is_derivative
from poise_risk.domain.rules.profiles import Profile


def near_liquidation(package: HeldPackage, watched: Watched, limits: Profile) -> str | None:
    """A package goes of which a leg may move against it no farther than this until its account is liquidated."""
    allowed_pct = limits.exits.liquidation_distance_pct
    distances_pct = [
        account.liquidation_distance_pct(position)
        for role, leg in zip(LegRole, legs_of(package), strict=True)
        if (account := watched.accounts.get(leg.venue)) is not None
        and (position := account.derivatives.positions.get(LegPosition(instrument_of(leg), role))) is not None
    ]
    distance_pct = min(distances_pct, default=allowed_pct)
    return f"{distance_pct:.1f} % away, below {allowed_pct} %" if distance_pct < allowed_pct else None


def reductions(packages: Sequence[HeldPackage], watched: Watched, limits: Profile) -> Sequence[ExitDue]:
    """One package a venue at a time, the one with most derivatives there: each step is measured before the next."""
    due = []
    for venue in sorted(watched.shrinking_venues):
        largest = max(packages, key=lambda package: _derivatives_usd(package, venue), default=None)
        if largest is not None and _derivatives_usd(largest, venue) > 0:
            why = f"{venue}'s margin ratio is below {limits.margin_ratio_shrink_below}"
            due.append(ExitDue.of(largest, CloseReason.MARGIN, why, limits.exits.reduce_by_pct))
    return due


def margins_to_shrink(accounts: Iterable[MarginAccount], limits: Profile) -> frozenset[str]:
    """Return the venues whose margin ratio is below where packages shrink."""
    return frozenset(
        account.venue
        for account in accounts
        if account.margin_ratio is not None and account.margin_ratio < limits.margin_ratio_shrink_below
    )


def _derivatives_usd(package: HeldPackage, venue: str) -> Decimal:
    derivatives = (leg for leg in legs_of(package) if leg.venue == venue and is_derivative(leg.symbol))
    return sum((leg_notional_usd(leg) for leg in derivatives), Decimal(0))
