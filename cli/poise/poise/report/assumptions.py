"""What a report takes from the configuration: the risk-free rate, and over which time a strategy's yield is meant."""

import os
from collections.abc import Mapping
from pathlib import Path

from poise.desk_bus import said_by_running_desk
from poise_common.domain.value import Value
from poise_common.platform.config import load_section
from poise_common.platform.main import read_settings
from poise_common.platform.settings import ServiceSettings
from poise_portfolio.domain.parameters import PortfolioParameters
from poise_signals.domain.parameters import StrategiesConfig, StrategyName

_YEAR_H = 365 * 24


class Assumptions(Value):
    """A year's risk-free rate, and by strategy the hours over which its yield at entry was expected."""

    risk_free_rate: float
    horizon_h: Mapping[str, float]

    def expected_apr(self, strategy: str, entry_yield: float) -> float | None:
        """Return a yield at entry as a simple yearly rate on exposure; None of a strategy without a horizon."""
        horizon_h = self.horizon_h.get(strategy)
        return None if horizon_h is None else entry_yield * _YEAR_H / horizon_h


def read_assumptions() -> Assumptions:
    """Read them where the desk does that runs from this folder, else where its services would.

    Raises ConfigRefused.
    """
    directory = Path(said_by_running_desk("config_directory") or read_settings(ServiceSettings).config.dir)
    portfolio = load_section(directory, "portfolio", PortfolioParameters, os.environ)
    strategies = load_section(directory, "strategies", StrategiesConfig, os.environ)
    return Assumptions(
        risk_free_rate=portfolio.performance.risk_free_rate,
        horizon_h={StrategyName.FUNDING_CARRY.value: strategies.funding_carry.holding_horizon_h},
    )
