"""What a funding message says was settled, and when."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from poise_common.contracts.market_data import FundingRate


class Settlement(NamedTuple):
    """A settled rate: positive = longs paid shorts, as a fraction of the notional."""

    at: datetime
    rate_per_interval: float


def settlement_time(time: datetime) -> datetime:
    """Read a settlement's time to the second: venues stamp it some milliseconds off, and never twice alike."""
    return datetime.fromtimestamp(round(time.timestamp()), UTC)


def settlements_of(funding: FundingRate) -> Iterator[Settlement]:
    """Tell the settlements that a message knows of, newest first; none where it is not known when they were."""
    if funding.last_settled_at is None:
        return
    interval = timedelta(seconds=funding.interval_s)
    at = settlement_time(funding.last_settled_at)
    for rate in reversed(funding.settled_rates_per_interval):
        yield Settlement(at, rate)
        at -= interval
