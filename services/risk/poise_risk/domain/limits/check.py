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
    return LimitCheck(limit, value, allowed, value <= allowed, room((allowed - used, per_usd)), detail)


def all_or_nothing(
    limit: str, *, passed: bool, value: Decimal | None = None, allowed: Decimal | None = None, detail: str = ""
) -> LimitCheck:
    """Answer for a condition that no smaller size would change."""
    return LimitCheck(limit, value, allowed, passed, None if passed else _NOTHING, detail)


def age_ms(since: datetime, now: datetime) -> Decimal:
    """Return how long ago something was, in ms, exactly."""
    return Decimal((now - since) // _MICROSECOND) / 1000


def room(*uses: tuple[Decimal, Decimal]) -> Decimal | None:
    """Return the exposure that uses up the first of several: what is left of each, and what a USD takes of it.

    Whole cents down; None where exposure uses nothing.
    """
    least = None
    for left, per_usd in uses:
        if left < 0:
            return _NOTHING
        if per_usd > 0 and (least is None or left < per_usd * least):
            least = left / per_usd
    return None if least is None else least.quantize(_CENT, ROUND_DOWN)
