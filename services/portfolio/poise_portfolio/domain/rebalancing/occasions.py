"""When a plan is made without anybody ordering it."""

from datetime import datetime, timedelta

from poise_portfolio.domain.rebalancing.parameters import Occasions as OccasionParameters
from poise_portfolio.domain.rebalancing.plan import Plan
from poise_portfolio.domain.rebalancing.records import Cause, RebalancingPlan


class Occasions:
    """Knows the last plan, and what sets off the next."""

    def __init__(self, parameters: OccasionParameters, last: RebalancingPlan | None) -> None:
        self.last = last
        self._parameters = parameters
        self._checked_at: datetime | None = None

    def is_to_be_checked(self, now: datetime) -> bool:
        """Say whether it is time to look at the weights again; from then on the next interval runs."""
        interval = timedelta(seconds=self._parameters.check_interval_s)
        if not self._parameters.automatic or (self._checked_at is not None and now - self._checked_at < interval):
            return False
        self._checked_at = now
        return True

    def cause(self, plan: Plan, now: datetime) -> Cause | None:
        """Return what a plan would be carried out for, None where it is not time for it."""
        if not plan.is_informed:
            return None
        if self.last is None or now - self.last.made_at >= timedelta(hours=self._parameters.period_h):
            return Cause.PERIOD
        large_usd = plan.equity_usd * self._parameters.large_move_pct_of_equity / 100
        is_rested = now - self.last.state_since >= timedelta(seconds=self._parameters.pause_s)
        return Cause.LARGE_MOVE if is_rested and plan.largest_trade_usd >= large_usd else None
