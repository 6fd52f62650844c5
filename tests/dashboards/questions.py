"""The questions of every panel and variable, as the dashboards' files have them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parents[2] / "infra" / "grafana" / "dashboards"
PROMETHEUS = "prometheus"


class Question(NamedTuple):
    """One target of one panel."""

    dashboard: str
    panel: dict[str, Any]
    target: dict[str, Any]

    @property
    def name(self) -> str:
        """Return what a test of it is called."""
        return f"{self.dashboard} {self.panel['id']}: {self.panel['title']} ({self.target['refId']})"

    @property
    def is_of_prometheus(self) -> bool:
        return bool(self.target["datasource"]["type"] == PROMETHEUS)

    @property
    def text(self) -> str:
        return str(self.target["expr"] if self.is_of_prometheus else self.target["rawSql"])


def dashboards() -> dict[str, dict[str, Any]]:
    """Return each dashboard's file, read, by its name."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the panels that ask something."""
    return (panel for panel in dashboard["panels"] if panel["type"] != "row")


def questions() -> list[Question]:
    """Return the questions of all panels."""
    return [
        Question(name, panel, target)
        for name, dashboard in dashboards().items()
        for panel in panels(dashboard)
        for target in panel["targets"]
    ]
