"""Exits by the clock: a package's age, and a contract's last day."""

from datetime import timedelta

from poise_common.contracts.state import HeldPackage
from poise_risk.domain.exits.rules.watched import Watched, legs_of
from poise_risk.domain.rules.profiles import Profile

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def about_to_settle(package: HeldPackage, watched: Watched, limits: Profile) -> str | None:
    """A package goes before a dated contract in it settles, unless its strategy waits for just that."""
    if package.strategy in limits.exits.settle_at_expiry_strategies:
        return None
    for leg in legs_of(package):
        instrument = watched.leg(leg).instrument
        if instrument is None or instrument.expires_at is None:
            continue
        left = instrument.expires_at - watched.now
        if left <= limits.exits.close_before_expiry:
            return f"{leg.symbol} settles in {left / _HOUR:.1f} h, allowed {limits.exits.close_before_expiry_h} h"
    return None


def too_old(package: HeldPackage, watched: Watched, limits: Profile) -> str | None:
    """A package goes when it was held for longer than its strategy may."""
    age, allowed = watched.now - package.opened_at, limits.exits.age_max(package.strategy)
    return f"{age / _DAY:.2f} days, allowed {allowed / _DAY:g}" if age > allowed else None
