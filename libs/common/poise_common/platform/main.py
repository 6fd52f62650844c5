"""The entry of every service's `__main__`."""

import asyncio
import gc
import inspect
import signal
import sys
import typing
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog
import uvloop

from poise_common.platform.endings import StartsAnew
from poise_common.platform.refusals import StartRefused
from poise_common.platform.service import ServiceSpec
from poise_common.platform.settings import Settings, read_settings
from poise_common.platform.shell import run_service
from poise_common.platform.telemetry import configure_logging, name_service, tell_of_the_loop

EXIT_DEFECT = 1
EXIT_REFUSED = 2
EXIT_STARTS_ANEW = 3

SpecFactory = Callable[[Settings], ServiceSpec] | Callable[[Settings], Awaitable[ServiceSpec]]
"""From settings to the composed service; called inside the running loop, so it may be a coroutine function."""


def main(spec_factory: SpecFactory[Settings], settings_type: type[Settings]) -> NoReturn:
    """Read the settings, compose the service and run it.

    Ends the process: 0 stopped, 1 defect, 2 refused to start, 3 what it stands on was lost and it is to start anew.
    """
    # What was imported lives as long as the process: to look through all of it would stop the loop for 0.1 s each time.
    # Signatures that only type checkers read need not live at all: 1 MB.
    typing.clear_overloads()
    gc.freeze()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(spec_factory, read_settings(settings_type)))
    except StartRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(EXIT_REFUSED)
    except StartsAnew as ending:
        structlog.get_logger().error("ended to start anew", why=type(ending).__name__, detail=str(ending))
        sys.exit(EXIT_STARTS_ANEW)
    except Exception:  # noqa: BLE001  (the last stop: said with its traceback, and the supervisor starts anew)
        structlog.get_logger().critical("ended by a defect", exc_info=True)
        sys.exit(EXIT_DEFECT)
    sys.exit(0)


async def _run(spec_factory: SpecFactory[Settings], settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    configure_logging(settings.log.level)
    loop.set_exception_handler(tell_of_the_loop)
    made = spec_factory(settings)
    spec = await made if inspect.isawaitable(made) else made
    name_service(spec.service.value)
    await run_service(spec, settings, stop=stop)
