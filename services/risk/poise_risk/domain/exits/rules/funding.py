"""Exits of packages that pay funding instead of being paid."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.market_data import FundingRate
from poise_common.contracts.state import HeldPackage
from poise_common.domain.instruments import is_perpetual
from poise_risk.domain.exits.rules.watched import Watched, legs_of
from poise_risk.domain.rules.profiles import Profile


class _Settled(NamedTuple):
    """A settled rate by the side that is held: above zero is paid, as a fraction of the leg."""

    at: datetime
    paid: Decimal


class _PaidLeg(NamedTuple):
    """A perpetual leg's settlements since the package was opened, newest last."""

    interval: timedelta
    settled: Sequence[_Settled]


def flipped(package: HeldPackage, watched: Watched, limits: Profile) -> str | None:
    """A package goes when it has paid funding in each of the last so many settled intervals since it was opened.

    Two assets are held for how they move against each other: what funding costs beside that is in their result.
    """
    if len(package.assets) > 1:
        return None
    wanted = limits.exits.funding_flipped_intervals
    paid = _paid_per_interval(package, watched, wanted)
    if paid is None or min(paid) <= 0:
        return None
    return f"{sum(paid) * 100:.4f} % paid in the last {wanted} intervals, in each of them"


def _paid_per_interval(package: HeldPackage, watched: Watched, intervals: int) -> tuple[Decimal, ...] | None:
    """Return what each of the last intervals has cost, newest first; None where one of them is not known whole.

    Where both legs are perpetuals, the longer of their intervals is the measure, and what falls into it nets out.
    """
    legs: list[_PaidLeg] = []
    for sign, leg in zip((1, -1), legs_of(package), strict=True):
        if not is_perpetual(leg.symbol):
            continue
        funding = watched.leg(leg).funding
        if funding is None or funding.last_settled_at is None:
            return None
        legs.append(_paid_leg(funding, sign, package.opened_at))
    if not legs or not all(leg.settled for leg in legs):
        return None
    interval = max(leg.interval for leg in legs)
    newest = min(leg.settled[-1].at for leg in legs)
    ends = [newest - interval * number for number in range(intervals)]
    if not all(_reaches(leg, since=ends[-1], interval=interval) for leg in legs):
        return None
    return tuple(sum((_paid_within(leg, end, interval) for leg in legs), Decimal(0)) for end in ends)


def _paid_leg(funding: FundingRate, sign: int, opened_at: datetime) -> _PaidLeg:
    """Read a perpetual's settlements: a rate above zero is paid by longs and got by shorts."""
    interval = timedelta(seconds=funding.interval_s)
    newest, rates = funding.last_settled_at, funding.settled_rates_per_interval
    if newest is None:
        return _PaidLeg(interval, ())
    times = (newest - interval * back for back in range(len(rates) - 1, -1, -1))
    settled = [_Settled(at, sign * Decimal(str(rate))) for at, rate in zip(times, rates, strict=True)]
    return _PaidLeg(interval, [each for each in settled if each.at > opened_at])


def _reaches(leg: _PaidLeg, since: datetime, interval: timedelta) -> bool:
    """Say whether something was settled as far back as the interval that ends here."""
    return any(since - interval < each.at <= since for each in leg.settled)


def _paid_within(leg: _PaidLeg, end: datetime, interval: timedelta) -> Decimal:
    return sum((each.paid for each in leg.settled if end - interval < each.at <= end), Decimal(0))
