"""What a report takes from the configuration: the risk-free rate, and over which time a strategy's yield is meant."""

import os
from collections.abc import Mapping

from poise.desk_addresses import config_directory
from poise_common.domain.value import Value
from poise_common.platform.config import load_section
from poise_portfolio.domain.parameters import PortfolioParameters
from poise_signals.domain.config import strategies_config

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
    """Read them where the desk does.

    Raises ConfigRefused.
    """
    directory = config_directory()
    portfolio = load_section(directory, "portfolio", PortfolioParameters, os.environ)
    strategies = load_section(directory, "strategies", strategies_config(), os.environ)
    return Assumptions(
        risk_free_rate=portfolio.performance.risk_free_rate,
        horizon_h={
            kind.name: parameters.yield_horizon_h
            for kind, parameters in strategies.blocks()
            if parameters.yield_horizon_h is not None
        },
    )
