"""What the tests of signals share: the shipped config, a rig around a core, instruments."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.signals.rig import Rig
from tests.unit.signals.senders import perpetual_of, spot_of

from poise_common.domain.instruments import Instrument
from poise_signals.domain.config import StrategiesConfig, strategies_config
from poise_signals.domain.packages.book import PackageRecord

CONFIG_FILE = Path(__file__).parents[3] / "config" / "strategies.yaml"


@pytest.fixture(scope="session")
def shipped() -> Callable[..., StrategiesConfig]:
    """Build the shipped config with some values changed: `shipped(sizing={"min_usd": 5})`."""

    def build(**changes: dict[str, Any]) -> StrategiesConfig:
        values: dict[str, Any] = yaml.safe_load(CONFIG_FILE.read_text())
        for section, keys in changes.items():
            for key, value in keys.items():
                old = values[section][key]
                values[section][key] = old | value if isinstance(old, dict) else value
        return strategies_config().model_validate(values)

    return build


@pytest.fixture(scope="session")
def new_rig(shipped: Callable[..., StrategiesConfig]) -> Callable[..., Rig]:
    def build(records: Sequence[PackageRecord] = (), **changes: dict[str, Any]) -> Rig:
        return Rig(shipped(**changes), records)

    return build


@pytest.fixture
def rig(new_rig: Callable[..., Rig]) -> Rig:
    return new_rig()


@pytest.fixture
def ready_rig(rig: Rig) -> Rig:
    rig.ready()
    return rig


@pytest.fixture(scope="session")
def spot() -> Callable[..., Instrument]:
    return spot_of


@pytest.fixture(scope="session")
def perpetual() -> Callable[..., Instrument]:
    return perpetual_of
