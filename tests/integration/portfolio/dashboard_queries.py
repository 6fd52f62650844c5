"""The dashboards' queries as Grafana sends them: its macros and variables filled in."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from tests.integration.service_process import ROOT

DIRECTORY = ROOT / "infra" / "grafana" / "queries"
POINTS_ACROSS = 1_000
"""As many as a panel on a full screen asks for."""


def query_files() -> Mapping[str, Path]:
    """Return the files of all queries by their names."""
    return {path.stem: path for path in sorted(DIRECTORY.glob("*.sql"))}


def query(name: str, since: datetime, until: datetime, *, window: str = "90d") -> str:
    """Fill in a range of time; raises KeyError for a macro that is not among those we use."""
    interval = max((until - since) / POINTS_ACROSS, timedelta(minutes=1))
    values = {
        "$__timeFrom()": f"'{since.isoformat()}'",
        "$__timeTo()": f"'{until.isoformat()}'",
        "$__interval_ms": str(interval // timedelta(milliseconds=1)),
        "$window": window,
    }
    return re.sub(r"\$\w+(?:\(\))?", lambda found: values[found[0]], (query_files()[name]).read_text())
