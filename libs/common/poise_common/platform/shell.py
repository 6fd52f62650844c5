"""Runs any service: the one way from streams to a core, its records, its messages and its effects, and back."""

import asyncio

from poise_common.domain.clock import Clock
from poise_common.platform.clock import utc_now
from poise_common.platform.service import ServiceSpec
from poise_common.platform.settings import ServiceSettings


async def run_service(
    spec: ServiceSpec, settings: ServiceSettings, *, stop: asyncio.Event | None = None, clock: Clock = utc_now
) -> None:
    """Run a service until `stop` is set (returns) or a defect ends it (raises)."""
    raise NotImplementedError
