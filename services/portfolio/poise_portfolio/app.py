"""The portfolio put together."""

import os
from datetime import timedelta
from typing import Any

from poise_common.contracts.streams import Service
from poise_common.platform.clock import utc_now
from poise_common.platform.config import load_section
from poise_common.platform.ids import random_ids
from poise_common.platform.observed_core import ObservedCore
from poise_common.platform.service import ServiceSpec
from poise_portfolio.adapters.figures import show
from poise_portfolio.adapters.repository import PortfolioRepository
from poise_portfolio.adapters.tables import SCHEMA, TABLES
from poise_portfolio.domain.core import PortfolioCore
from poise_portfolio.domain.parameters import PortfolioParameters
from poise_portfolio.settings import Settings


def compose(settings: Settings) -> ServiceSpec:
    """Put the portfolio together from its settings and configuration; ConfigRefused names what does not pass."""
    parameters = load_section(settings.config.dir, "portfolio", PortfolioParameters, os.environ)

    def build_core(books: Any) -> ObservedCore:
        return ObservedCore(PortfolioCore(parameters, random_ids(), books), show)

    return ServiceSpec(
        service=Service.PORTFOLIO,
        build_core=build_core,
        repository=PortfolioRepository(
            utc_now, timedelta(hours=parameters.closed_packages_kept_h), parameters.correlations.candles_needed
        ),
        schema=SCHEMA,
        tables=TABLES,
    )
