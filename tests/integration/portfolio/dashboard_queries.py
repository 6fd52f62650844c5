"""The dashboards' queries as Grafana sends them to the book of record."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from tests.dashboards.filled_in import Asked, filled_in
from tests.integration.service_process import ROOT

DIRECTORY = ROOT / "infra" / "grafana" / "queries"
_SNAPSHOT_EACH = timedelta(minutes=1)


def query_files() -> Mapping[str, Path]:
    """Return the files of all queries by their names."""
    return {path.stem: path for path in sorted(DIRECTORY.glob("*.sql"))}


def query(name: str, since: datetime, until: datetime, *, window: str = "90d", asset: str = "BTC") -> str:
    """Fill in a range of time; raises KeyError for a macro or variable that is not among those we use."""
    asked = Asked(since, until, _SNAPSHOT_EACH)
    return filled_in(query_files()[name].read_text(), asked, {"window": window, "asset": asset})
