"""How much of equity a strategy's packages are worth: a part of what Kelly's rule would stake."""

from typing import NamedTuple

from poise_common.contracts.state import TrackRecord
from poise_signals.domain.parameters import KellyParameters


class Odds(NamedTuple):
    """How often a package wins, and by how much more than it loses."""

    win_probability: float
    win_loss_ratio: float

    @property
    def kelly_fraction(self) -> float:
        """Return p - (1 - p) / b, at least 0: the stake that grows capital fastest (J. L. Kelly, 1956)."""
        if self.win_loss_ratio == 0:
            return 0.0
        return max(self.win_probability - (1 - self.win_probability) / self.win_loss_ratio, 0.0)


def odds_of(record: TrackRecord | None, parameters: KellyParameters) -> Odds:
    """Return the odds of a strategy: a prior's until enough of its packages have settled, from then on its own.

    A few packages say too little: what stops at a bad start would never be tried again. A ratio that is not known, for
    nothing was won or lost yet, is the prior's too.
    """
    prior = Odds(parameters.prior_win_probability, parameters.prior_win_loss_ratio)
    if record is None or record.settled < parameters.settled_min:
        return prior
    known = record.mean_win_usd > 0 and record.mean_loss_usd > 0
    ratio = float(record.mean_win_usd / record.mean_loss_usd) if known else prior.win_loss_ratio
    return Odds(record.wins / record.settled, ratio)


def equity_share(record: TrackRecord | None, parameters: KellyParameters) -> float:
    """Return the share of equity that a package of a strategy is aimed at."""
    return min(odds_of(record, parameters).kelly_fraction * parameters.fraction, parameters.max_equity_pct / 100)
