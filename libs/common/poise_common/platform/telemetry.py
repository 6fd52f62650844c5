"""Structured logs: one JSON object a line, never one a message on feeds."""

import asyncio
import logging
import sys
from typing import Any

import structlog
from structlog.typing import Processor

_log = structlog.get_logger()


def configure_logging(level: str = "INFO") -> None:
    """Write JSON lines to standard output, each with its time and level: what libraries log, too, from warnings on."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render = structlog.processors.JSONRenderer()
    of_libraries = logging.StreamHandler(sys.stdout)
    of_libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=processors,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.basicConfig(handlers=[of_libraries], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[*processors, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )


def name_service(service: str) -> None:
    """Have every line from here on say which service writes it."""
    structlog.contextvars.bind_contextvars(service=service)


def tell_of_the_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what an event loop found that nobody took, as its exception handler.

    A task that failed unseen is a defect. A plain future's exception that nobody waits for any more is no news: what
    speaks to venues ends every wait of a connection that is lost, and those who still wait say so.
    """
    future = context.get("future")
    exception = context.get("exception")
    if isinstance(future, asyncio.Future) and not isinstance(future, asyncio.Task):
        _log.debug("nobody waited for this", reason=repr(exception))
    else:
        _log.error(context["message"], exc_info=exception)
