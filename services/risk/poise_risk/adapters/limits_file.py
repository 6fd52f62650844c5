"""The limits' file with the environment over it: read at each start, and whenever somebody orders it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog

from poise_common.domain.clock import Clock
from poise_common.platform.config import load_section
from poise_common.platform.refusals import ConfigRefused
from poise_common.platform.service import Push
from poise_risk.domain.gate.decisions import STAGE
from poise_risk.domain.rules.changes import LimitsRead, ReadLimits
from poise_risk.domain.rules.notices import notices
from poise_risk.domain.rules.parameters import LimitsConfig

_SECTION = "limits"


class LimitsFile:
    """Reads `limits.yaml` in one way for all who ask."""

    def __init__(self, directory: Path, environment: Mapping[str, str], now: Clock) -> None:
        self._directory = directory
        self._environment = environment
        self._now = now
        self._log = structlog.get_logger()

    def read(self) -> LimitsConfig:
        """Return the limits; raises ConfigRefused where they do not pass."""
        return load_section(self._directory, _SECTION, LimitsConfig, self._environment)

    def read_to_take(self) -> LimitsConfig:
        """Return the limits that are to count from now on, and say in the log what they make impossible."""
        config = self.read()
        for notice in notices(config):
            self._log.info("limits", notice=notice)
        return config

    async def run(self, effect: object, push: Push) -> None:
        """Read the file off the loop, where decisions are waited for, and push it or why it does not pass."""
        if not isinstance(effect, ReadLimits):
            raise TypeError(f"no such effect: {effect!r}")
        config, refusal = None, None
        try:
            config = await asyncio.to_thread(self.read_to_take)
        except ConfigRefused as refused:
            refusal = str(refused)
        order = effect.order
        await push(LimitsRead.caused_by(order, STAGE, self._now(), order_id=order.id, config=config, refusal=refusal))
