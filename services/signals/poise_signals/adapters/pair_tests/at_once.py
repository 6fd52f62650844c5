"""The answer to tests of pairs within one call: for simulations, where no process comes and goes."""

from datetime import datetime

from poise_common.domain.ids import NewId
from poise_signals.adapters.pair_tests.cointegration import outcomes
from poise_signals.adapters.pair_tests.runner import tested
from poise_signals.domain.pairs.trials import PairsTested, PairVerdict, TestPairs


def answered(effect: TestPairs, new_id: NewId, now: datetime) -> PairsTested:
    """Test the pairs here; imports statsmodels with this module."""
    found = outcomes((sample.log_first.tolist(), sample.log_second.tolist()) for sample in effect.samples)
    verdicts = tuple(
        PairVerdict(pair=sample.pair, p_value=outcome.p_value, reason=outcome.reason)
        for sample, outcome in zip(effect.samples, found, strict=True)
    )
    return tested(verdicts, new_id, now)
