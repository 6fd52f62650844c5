"""A dashboard: its sections of panels, laid out from left to right and downwards."""

from collections.abc import Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    GridPos,
    Panel,
    RowPanel,
    VariableModel,
)

from dashboards import looks
from dashboards.links import to_all_dashboards
from dashboards.panels import AnyPanel
from dashboards.sources import PROMETHEUS

_COLUMNS = 24
"""Of Grafana's grid."""


class Section(NamedTuple):
    """A heading and what stands below it, until the next one."""

    title: str
    panels: Sequence[AnyPanel]


class Page(NamedTuple):
    """One dashboard; `uid` is a part of its address and stays."""

    uid: str
    title: str
    description: str
    since: str
    """What it shows at first, as Grafana counts back: `now-24h`."""
    refresh: str
    sections: Sequence[Section]
    variables: Sequence[VariableModel] = ()

    def build(self) -> Dashboard:
        """Return Grafana's own model of it; times are UTC, as everywhere on the desk."""
        made = (
            build.Dashboard(self.title)
            .uid(self.uid)
            .description(self.description)
            .tags(["poise"])
            .timezone("utc")
            .time(self.since, "now")
            .refresh(self.refresh)
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .readonly()
            .link(to_all_dashboards())
            .annotation(_alerts())
            .build()
        )
        made.panels = _laid_out(self.sections)
        made.templating.list_val = list(self.variables)
        return made


def _alerts() -> build.AnnotationQuery:
    """Return where alerts of Prometheus fired, for every curve."""
    return (
        build.AnnotationQuery()
        .name("Alerts")
        .datasource(PROMETHEUS)
        .expr('ALERTS{alertstate="firing"}')
        .enable(True)
        .icon_color(looks.BAD)
    )


def _laid_out(sections: Sequence[Section]) -> list[Panel | RowPanel]:
    placed: list[Panel | RowPanel] = []
    top = 0
    for section in sections:
        heading = GridPos(h=1, w=_COLUMNS, x=0, y=top)
        placed.append(RowPanel(title=section.title, collapsed=False, grid_pos=heading, id_val=len(placed) + 1))
        left, top, tallest = 0, top + 1, 0
        for builder in section.panels:
            panel = builder.build()
            if panel.grid_pos is None:
                raise ValueError(f"{panel.title} has no size")
            if left + panel.grid_pos.w > _COLUMNS:
                left, top, tallest = 0, top + tallest, 0
            panel.id_val = len(placed) + 1
            panel.grid_pos.x, panel.grid_pos.y = left, top
            left, tallest = left + panel.grid_pos.w, max(tallest, panel.grid_pos.h)
            placed.append(panel)
        top += tallest
    return placed
