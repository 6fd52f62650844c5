"""Exits from what may be traded no more."""

from datetime import timedelta

from poise_common.contracts.state import HeldPackage
from poise_risk.domain.exits.rules.watched import Watched, legs_of
from poise_risk.domain.rules.profiles import Profile


def left_the_universe(package: HeldPackage, watched: Watched, limits: Profile) -> str | None:
    """A package goes when a leg's instrument is in no tier any more.

    Whoever asked for the package closes it first; this long after, nobody did.
    """
    allowed_s = limits.exits.left_universe_after_s
    for leg in legs_of(package):
        since = watched.leg(leg).unlisted_since
        if since is not None and watched.now - since > timedelta(seconds=float(allowed_s)):
            gone_s = (watched.now - since).total_seconds()
            return f"{leg.symbol} left {gone_s:.0f} s ago and is still held, allowed {allowed_s} s"
    return None
