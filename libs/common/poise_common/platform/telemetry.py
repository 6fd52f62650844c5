"""Structured logs: one JSON object a line, never one a message on feeds."""

import logging
import sys

import structlog


def configure_logging(level: str = "INFO") -> None:
    """Write JSON lines to standard output, each with its time and level."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )


def name_service(service: str) -> None:
    """Have every line from here on say which service writes it."""
    structlog.contextvars.bind_contextvars(service=service)
