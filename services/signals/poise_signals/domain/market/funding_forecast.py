"""What funding is expected to pay: settled rates, weighted by age and shrunk toward zero, never the last print."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.contracts.market_data import FundingRate
from poise_signals.domain.parameters import FundingForecastParameters


class FundingOutlook(NamedTuple):
    """The expected rate of each coming settlement of one perpetual, positive = longs pay shorts."""

    expected_rate_per_interval: float
    interval_s: int
    next_funding_at: datetime
    received_at: datetime
    running_rate_per_interval: float
    """What the next settlement would be now; for people, as no decision is made on the last print."""

    def expected_over(self, horizon: timedelta, now: datetime, intervals_max: int) -> float:
        """Return the sum a short receives per unit of notional over the settlements within the horizon."""
        return self.expected_rate_per_interval * self.settlements_within(horizon, now, intervals_max)

    def settlements_within(self, horizon: timedelta, now: datetime, intervals_max: int) -> int:
        """Return how many settlements come within the horizon.

        No more than `intervals_max`: beyond that, past funding says nothing of what comes.
        """
        interval = timedelta(seconds=self.interval_s)
        first = self.next_funding_at
        if first <= now:
            first += interval * ((now - first) // interval + 1)
        until_end = now + horizon - first
        settlements = until_end // interval + 1 if until_end >= timedelta() else 0
        return min(settlements, intervals_max)


def outlook(funding: FundingRate, parameters: FundingForecastParameters) -> FundingOutlook:
    """Read a funding message as an outlook."""
    return FundingOutlook(
        expected_rate_per_interval=shrunk_average(
            funding.settled_rates_per_interval, parameters.half_life_intervals, parameters.prior_observations
        ),
        interval_s=funding.interval_s,
        next_funding_at=funding.next_funding_at,
        received_at=funding.received_at,
        running_rate_per_interval=funding.funding_rate_per_interval,
    )


def shrunk_average(rates: Sequence[float], half_life: float, prior_observations: float) -> float:
    """Return the exponentially weighted mean of rates (newest last), times n / (n + prior observations).

    The shrinkage is that of a normal mean with a prior at zero worth `prior_observations` observations.
    """
    if not rates:
        return 0.0
    decay = 0.5 ** (1 / half_life)
    weight, weights, total = 1.0, 0.0, 0.0
    for rate in reversed(rates):
        total += weight * rate
        weights += weight
        weight *= decay
    return total / weights * len(rates) / (len(rates) + prior_observations)
