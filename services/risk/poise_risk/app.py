"""Composition: settings and limits in, a service for the shell out."""

import os

import structlog

from poise_common.contracts.streams import Service
from poise_common.platform.config import load_section
from poise_common.platform.ids import random_ids
from poise_common.platform.key_files import read_signer
from poise_common.platform.service import ServiceSpec
from poise_risk.adapters.repository import RiskRepository
from poise_risk.adapters.tables import SCHEMA, TABLES
from poise_risk.domain.core import RiskCore
from poise_risk.domain.rules.parameters import LimitsConfig
from poise_risk.domain.rules.rulebook import Rulebook
from poise_risk.settings import RiskSettings


def compose(settings: RiskSettings) -> ServiceSpec:
    """Put risk together; raises StartRefused where its limits or its key do not pass."""
    config = load_section(settings.config.dir, "limits", LimitsConfig, os.environ)
    signer = read_signer(settings.risk.signing_key_file)
    new_id = random_ids()
    if (notice := config.notice()) is not None:
        structlog.get_logger().info("limits", notice=notice)
    return ServiceSpec(
        service=Service.RISK,
        build_core=lambda restored: RiskCore(Rulebook(config), signer, new_id, restored),
        repository=RiskRepository(remember_decisions_s=float(config.decisions_remembered_s)),
        schema=SCHEMA,
        tables=TABLES,
    )
