"""Whether both books are as they usually are: what thins out or widens all at once is no market to enter."""

from decimal import Decimal

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.limits.check import all_or_nothing

_PLACES = Decimal("0.0001")


def usual_depth(entry: Entry) -> LimitCheck:
    """Depth of the thinner leg's book in per cent of what it usually holds."""
    allowed = entry.limits.liquidity.depth_min_pct
    shares = [(leg.liquidity.depth_pct, leg.instrument) for leg in entry.legs if leg.liquidity is not None]
    if len(shares) < len(entry.legs):
        return _unknown("usual_depth", entry, allowed)
    share_pct, instrument = min(shares, key=lambda each: each[0])
    value = _figure(share_pct)
    detail = f"at least, {instrument.id}"
    return all_or_nothing("usual_depth", passed=value >= allowed, value=value, allowed=allowed, detail=detail)


def usual_spread(entry: Entry) -> LimitCheck:
    """Spread of the wider leg's book in times of what it usually is."""
    allowed = entry.limits.liquidity.spread_max_times
    times = [(leg.liquidity.spread_times, leg.instrument) for leg in entry.legs if leg.liquidity is not None]
    if len(times) < len(entry.legs):
        return _unknown("usual_spread", entry, allowed)
    wide, instrument = max(times, key=lambda each: each[0])
    value = _figure(wide)
    return all_or_nothing(
        "usual_spread", passed=value <= allowed, value=value, allowed=allowed, detail=str(instrument.id)
    )


def _unknown(limit: str, entry: Entry, allowed: Decimal) -> LimitCheck:
    unknown = ", ".join(str(leg.instrument.id) for leg in entry.legs if leg.liquidity is None)
    return all_or_nothing(
        limit, passed=False, allowed=allowed, detail=f"not watched for long enough to say what is usual: {unknown}"
    )


def _figure(value: float) -> Decimal:
    return Decimal(str(value)).quantize(_PLACES)
