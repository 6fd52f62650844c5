"""The limits in force: one object that everybody asks, so that a change reaches all of risk at once."""

from poise_risk.domain.rules.parameters import (
    Approvals,
    Closings,
    LimitsConfig,
    Staleness,
    UsualLiquidityRules,
    VenueRules,
)
from poise_risk.domain.rules.profiles import Profile


class Rulebook:
    """Holds the limits that count now."""

    def __init__(self, config: LimitsConfig) -> None:
        self._config = config

    def take(self, config: LimitsConfig) -> None:
        """Go by these limits from now on."""
        self._config = config

    @property
    def config(self) -> LimitsConfig:
        return self._config

    @property
    def limits(self) -> Profile:
        """The profile that the desk runs."""
        return self._config.limits

    @property
    def approvals(self) -> Approvals:
        return self._config.approvals

    @property
    def staleness(self) -> Staleness:
        return self._config.staleness

    @property
    def usual_liquidity(self) -> UsualLiquidityRules:
        return self._config.usual_liquidity

    @property
    def closings(self) -> Closings:
        return self._config.closings

    @property
    def venues(self) -> VenueRules:
        return self._config.venues
