"""The entry of every service's `__main__`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from poise_common.platform.service import ServiceSpec
from poise_common.platform.settings import ServiceSettings

Settings = TypeVar("Settings", bound=ServiceSettings)
SpecFactory = Callable[[Settings], ServiceSpec] | Callable[[Settings], Awaitable[ServiceSpec]]
"""From settings to the composed service; called inside the running loop, so it may be a coroutine function."""


def main(spec_factory: SpecFactory[Settings], settings_type: type[Settings]) -> None:
    """Read the settings, compose the service and run it; ends the process: 0 stopped, 1 defect, 2 refused to start."""
    raise NotImplementedError(asyncio.run, spec_factory, settings_type)
