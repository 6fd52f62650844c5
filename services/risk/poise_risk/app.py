"""Composition: settings and limits in, a service for the shell out."""

import os

from poise_common.contracts.core import Core
from poise_common.contracts.streams import Service
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids
from poise_common.platform.key_files import read_signer
from poise_common.platform.observed_core import ObservedCore
from poise_common.platform.service import ServiceSpec
from poise_risk.adapters.limits_file import LimitsFile
from poise_risk.adapters.metrics import RiskFigures
from poise_risk.adapters.repository import RiskRepository
from poise_risk.adapters.tables import SCHEMA, TABLES
from poise_risk.domain.core import RiskCore
from poise_risk.domain.records import Restored
from poise_risk.domain.rules.rulebook import Rulebook
from poise_risk.settings import RiskSettings


def compose(settings: RiskSettings) -> ServiceSpec:
    """Put risk together; raises StartRefused where its limits or its key do not pass."""
    file = LimitsFile(settings.config.dir, os.environ, utc_now)
    config = file.read()
    signer = read_signer(settings.risk.signing_key_file)
    new_id = random_ids()

    def build_core(restored: Restored) -> Core:
        # A process that stood by may take over long after its own start: what counts is the file as it is by then.
        return ObservedCore(RiskCore(Rulebook(file.read_to_take()), signer, new_id, restored), RiskFigures().see)

    return ServiceSpec(
        service=Service.RISK,
        build_core=build_core,
        repository=RiskRepository(remember_decisions_s=float(config.decisions_remembered_s)),
        schema=SCHEMA,
        effects=file,
        tables=TABLES,
    )
