"""Composition: settings and strategies in, a service for the shell out."""

import os
from typing import Any

from poise_common.contracts.streams import Service
from poise_common.platform.clock import utc_now
from poise_common.platform.config import load_section
from poise_common.platform.ids import random_ids
from poise_common.platform.observed_core import ObservedCore
from poise_common.platform.service import ServiceSpec
from poise_signals.adapters.asset_metrics import AssetFigures
from poise_signals.adapters.pair_tests.runner import PairTests
from poise_signals.adapters.repository import PackageRepository
from poise_signals.adapters.tables import SCHEMA, TABLES
from poise_signals.domain.config import StrategiesConfig, strategies_config
from poise_signals.domain.core import SignalsCore
from poise_signals.domain.regimes.asset_models import AssetsConfig
from poise_signals.domain.strategies import pairs
from poise_signals.settings import SignalsSettings


def compose(settings: SignalsSettings) -> ServiceSpec:
    """Put signals together; raises ConfigRefused where its strategies cannot work."""
    config = load_section(settings.config.dir, "strategies", strategies_config(), os.environ)
    assets = load_section(settings.config.dir, "assets", AssetsConfig, os.environ)

    def build_core(records: Any) -> ObservedCore:
        core = SignalsCore(config, assets, records)
        return ObservedCore(core, AssetFigures(core, every_s=config.timing.announce_every_s).see)

    return ServiceSpec(
        service=Service.SIGNALS,
        build_core=build_core,
        repository=PackageRepository(),
        effects=PairTests(timeout_s=_pair_tests_time_out_after_s(config), now=utc_now, new_id=random_ids()),
        schema=SCHEMA,
        tables=TABLES,
    )


def _pair_tests_time_out_after_s(config: StrategiesConfig) -> float:
    block = config.block(pairs.NAME)
    assert isinstance(block, pairs.PairsParameters)  # noqa: S101 - the block's own type
    return block.cointegration.timeout_s
