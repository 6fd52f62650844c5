"""Whether both books are as they usually are: what thins out or widens all at once is no market to enter."""

from decimal import Decimal

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import Entry, EntryLeg
from poise_risk.domain.knowledge.liquidity import Liquidity, liquidity_of
from poise_risk.domain.limits.check import all_or_nothing

_PLACES = Decimal("0.0001")


def usual_depth(entry: Entry) -> LimitCheck:
    """Depth of the thinner leg's book in per cent of what it usually holds."""
    allowed = entry.limits.liquidity.depth_min_pct
    shares = {leg: _figure(now.depth_usd * 100 / usual.depth_usd) for leg, now, usual in _compared(entry)}
    if len(shares) < len(entry.legs):
        return _unknown("usual_depth", entry, allowed)
    leg = min(shares, key=lambda each: shares[each])
    return all_or_nothing(
        "usual_depth",
        passed=shares[leg] >= allowed,
        value=shares[leg],
        allowed=allowed,
        detail=f"at least, {leg.instrument.id}",
    )


def usual_spread(entry: Entry) -> LimitCheck:
    """Spread of the wider leg's book in times of what it usually is."""
    allowed = entry.limits.liquidity.spread_max_times
    times = {leg: _figure(now.spread_bps / usual.spread_bps) for leg, now, usual in _compared(entry)}
    if len(times) < len(entry.legs):
        return _unknown("usual_spread", entry, allowed)
    leg = max(times, key=lambda each: times[each])
    return all_or_nothing(
        "usual_spread", passed=times[leg] <= allowed, value=times[leg], allowed=allowed, detail=str(leg.instrument.id)
    )


def _compared(entry: Entry) -> list[tuple[EntryLeg, Liquidity, Liquidity]]:
    """Put each leg's book beside what is usual of it; a leg of which either is unknown is left out."""
    return [
        (leg, now, leg.usual_liquidity)
        for leg in entry.legs
        if leg.usual_liquidity is not None and (now := liquidity_of(leg.book)) is not None
    ]


def _unknown(limit: str, entry: Entry, allowed: Decimal) -> LimitCheck:
    unknown = ", ".join(str(leg.instrument.id) for leg in entry.legs if leg.usual_liquidity is None)
    detail = f"not watched for long enough to say what is usual: {unknown}" if unknown else "a book has no spread"
    return all_or_nothing(limit, passed=False, allowed=allowed, detail=detail)


def _figure(value: float) -> Decimal:
    return Decimal(str(value)).quantize(_PLACES)
