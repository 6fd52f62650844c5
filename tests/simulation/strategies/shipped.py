"""The shipped configuration, with what a trial changes in it."""

from pathlib import Path
from typing import Any

import yaml

from poise_signals.domain.config import StrategiesConfig, strategies_config
from poise_signals.domain.strategy.protocol import Strategy
from poise_signals.domain.strategy.registry import strategy_kinds

FILE = Path(__file__).resolve().parents[3] / "config" / "strategies.yaml"


def values_of(file: Path) -> dict[str, Any]:
    """Return what a file of configuration says."""
    values: dict[str, Any] = yaml.safe_load(file.read_text())
    return values


def shipped(**changes: dict[str, Any]) -> StrategiesConfig:
    """Return the shipped configuration with some values of its sections changed."""
    values = values_of(FILE)
    for section, keys in changes.items():
        values[section] |= keys
    return strategies_config().model_validate(values)


def build(name: str, config: StrategiesConfig) -> Strategy:
    """Build a strategy as the core does."""
    kind = next(kind for kind in strategy_kinds() if kind.name == name)
    return kind.build(config.block(name), config)
