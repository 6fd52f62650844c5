"""Composition: settings and strategies in, a service for the shell out."""

import os

from poise_common.contracts.streams import Service
from poise_common.platform.config import load_section
from poise_common.platform.service import ServiceSpec
from poise_signals.adapters.repository import PackageRepository
from poise_signals.adapters.tables import SCHEMA, TABLES
from poise_signals.domain.core import SignalsCore
from poise_signals.domain.parameters import StrategiesConfig
from poise_signals.settings import SignalsSettings


def compose(settings: SignalsSettings) -> ServiceSpec:
    """Put signals together; raises ConfigRefused where its strategies cannot work."""
    config = load_section(settings.config.dir, "strategies", StrategiesConfig, os.environ)
    return ServiceSpec(
        service=Service.SIGNALS,
        build_core=lambda records: SignalsCore(config, records),
        repository=PackageRepository(),
        schema=SCHEMA,
        tables=TABLES,
    )
