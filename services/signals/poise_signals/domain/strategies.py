"""The strategies there are."""

from poise_signals.domain.funding_carry import FundingCarry
from poise_signals.domain.parameters import StrategiesConfig
from poise_signals.domain.strategy import Strategy


def all_strategies(config: StrategiesConfig) -> tuple[Strategy, ...]:
    """Build every strategy, a later one is one more line here; one that is switched off still leaves what it holds."""
    return (FundingCarry(config.funding_carry, config.costs, config.funding_forecast),)
