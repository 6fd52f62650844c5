"""The strategies that are switched on."""

from poise_signals.domain.funding_carry import FundingCarry
from poise_signals.domain.parameters import StrategiesConfig
from poise_signals.domain.strategy import Strategy


def enabled_strategies(config: StrategiesConfig) -> tuple[Strategy, ...]:
    """Build what the config has enabled; a later strategy is one more line here."""
    carry = FundingCarry(config.funding_carry, config.costs, config.funding_forecast)
    return (carry,) if config.funding_carry.enabled else ()
