"""Validating the configuration as the services would at their start."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from poise_common.platform.config import load_section
from poise_execution.domain.parameters import ExecutionConfig
from poise_portfolio.domain.parameters import PortfolioParameters
from poise_risk.domain.parameters import LimitsConfig
from poise_signals.domain.parameters import StrategiesConfig
from poise_venues.parameters import VenuesConfig

SECTIONS: Mapping[str, type[BaseModel]] = {
    "venues": VenuesConfig,
    "strategies": StrategiesConfig,
    "limits": LimitsConfig,
    "execution": ExecutionConfig,
    "portfolio": PortfolioParameters,
}


def check_all(directory: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each section that passes; raises ConfigRefused for one that doesn't."""
    for section, model in SECTIONS.items():
        loaded = load_section(directory, section, model, environment)
        yield f"{directory / section}.yaml passes"
        if isinstance(loaded, LimitsConfig) and (notice := loaded.notice()) is not None:
            yield f"  note: {notice}"
