"""How one limit answers: its value, what it may be, and the exposure that would pass."""

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from poise_common.contracts.packages import LimitCheck

_CENT = Decimal("0.01")
_NOTHING = Decimal(0)
_MICROSECOND = timedelta(microseconds=1)


def grows_with_exposure(
    limit: str, *, used: Decimal, per_usd: Decimal, exposure_usd: Decimal, allowed: Decimal, detail: str = ""
) -> LimitCheck:
    """Check a value that is `used` before the request and grows by `per_usd` for each USD of its exposure."""
    value = used + per_usd * exposure_usd
    return LimitCheck(limit, value, allowed, value <= allowed, room(allowed - used, per_usd), detail)


def all_or_nothing(
    limit: str, *, passed: bool, value: Decimal | None = None, allowed: Decimal | None = None, detail: str = ""
) -> LimitCheck:
    """Answer for a condition that no smaller size would change."""
    return LimitCheck(limit, value, allowed, passed, None if passed else _NOTHING, detail)


def room(left: Decimal, per_usd: Decimal) -> Decimal | None:
    """Return the exposure that uses up what is left, whole cents down; None where exposure uses none of it."""
    if left < 0:
        return _NOTHING
    if per_usd <= 0:
        return None
    return (left / per_usd).quantize(_CENT, ROUND_DOWN)


def age_ms(since: datetime, now: datetime) -> Decimal:
    """Return how long ago something was, in ms, exactly."""
    return Decimal((now - since) // _MICROSECOND) / 1000


def smallest(rooms: list[Decimal | None]) -> Decimal | None:
    """Return the least of several rooms; None is any size."""
    return min((known for known in rooms if known is not None), default=None)
