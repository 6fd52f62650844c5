"""The kinds of panel that our dashboards are made of; core ones only, no plugins."""

from collections.abc import Sequence
from typing import Protocol, Self

from grafana_foundation_sdk.builders import bargauge, common, heatmap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BarGaugeSizing,
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    LineInterpolation,
    SortOrder,
    StackingMode,
    TableCellBackgroundDisplayMode,
    TableColoredBackgroundCellOptions,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Panel,
    ValueMapping,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode

from dashboards import looks
from dashboards.columns import Column
from dashboards.sources import Target

_NOTHING = "none in this range"
"""What a panel says where an answer may well be empty on a healthy desk."""

MERGED = (
    DataTransformerConfig(id_val="merge", options={}),
    DataTransformerConfig(id_val="organize", options={"excludeByName": {"Time": True}}),
)
"""Answers with the same labels become one row; its figures are called `Value #A`, `Value #B` …"""

AnyPanel = Builder[Panel]


class _Asking(Protocol):
    """What the kit's builders of all panels have in common."""

    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: DataSourceRef) -> Self: ...
    def with_target(self, target: Builder[Dataquery]) -> Self: ...
    def span(self, w: int) -> Self: ...
    def height(self, h: int) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def override_by_name(self, name: str, properties: list[DynamicConfigValue]) -> Self: ...


def _asked(panel: _Asking, title: str, description: str, targets: Sequence[Target], *, width: int, height: int) -> None:
    panel.title(title).description(description).datasource(targets[0].source).span(width).height(height)
    panel.no_value(_NOTHING)
    for ref_id, target in zip("ABCDEFGH", targets, strict=False):
        panel.with_target(target.named(ref_id))


def figure(
    title: str,
    description: str,
    *targets: Target,
    unit: str = looks.COUNT,
    decimals: int | None = None,
    thresholds: build.ThresholdsConfig = looks.PLAINLY,
    mappings: Sequence[ValueMapping] = (),
    columns: Sequence[Column] = (),
    text: BigValueTextMode = BigValueTextMode.AUTO,
    with_curve: bool = False,
    width: int = 3,
    height: int = 4,
) -> AnyPanel:
    """Return large figures: one a series, or one a column of a single row."""
    panel = (
        stat.Panel()
        .unit(unit)
        .thresholds(thresholds)
        .color_scheme(looks.BY_THRESHOLDS)
        .mappings(list(mappings))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA if with_curve else BigValueGraphMode.NONE)
        .text_mode(text)
    )
    _asked(panel, title, description, targets, width=width, height=height)
    panel.no_value("none")
    if decimals is not None:
        panel.decimals(decimals)
    for column in columns:
        panel.override_by_name(column.field, column.overrides())
    return panel


def curves(
    title: str,
    description: str,
    *targets: Target,
    unit: str = looks.COUNT,
    columns: Sequence[Column] = (),
    thresholds: build.ThresholdsConfig | None = None,
    minimum: float | None = None,
    stacked: bool = False,
    filled: bool = False,
    width: int = 12,
    height: int = 8,
) -> AnyPanel:
    """Return series over time; thresholds are drawn as lines."""
    panel = (
        timeseries.Panel()
        .unit(unit)
        .color_scheme(looks.BY_NAME)
        .line_width(1)
        .line_interpolation(LineInterpolation.LINEAR)
        .fill_opacity(20 if stacked or filled else 0)
        .show_points(VisibilityMode.AUTO)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.BOTTOM)
            .calcs(["lastNotNull", "max"])
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    )
    _asked(panel, title, description, targets, width=width, height=height)
    if thresholds is not None:
        panel.thresholds(thresholds)
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    if minimum is not None:
        panel.min(minimum)
    if stacked:
        panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    for column in columns:
        panel.override_by_name(column.field, column.overrides())
    return panel


def listing(
    title: str,
    description: str,
    *targets: Target,
    columns: Sequence[Column],
    transformations: Sequence[DataTransformerConfig] = (),
    width: int = 24,
    height: int = 8,
) -> AnyPanel:
    """Return rows and columns, in the order of the answer."""
    panel = table.Panel().color_scheme(looks.BY_THRESHOLDS).thresholds(looks.steps("text")).filterable(True)
    _asked(panel, title, description, targets, width=width, height=height)
    panel.transformations(list(transformations))
    for column in columns:
        panel.override_by_name(column.field, column.overrides())
    return panel


def bars(
    title: str,
    description: str,
    *targets: Target,
    unit: str = looks.COUNT,
    thresholds: build.ThresholdsConfig = looks.PLAINLY,
    minimum: float | None = None,
    maximum: float | None = None,
    decimals: int | None = None,
    each_row: bool = False,
    width: int = 8,
    height: int = 8,
) -> AnyPanel:
    """Return a bar for each series, or for each row of an answer."""
    panel = (
        bargauge.Panel()
        .unit(unit)
        .thresholds(thresholds)
        .color_scheme(looks.BY_THRESHOLDS)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(each_row))
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .sizing(BarGaugeSizing.AUTO)
    )
    _asked(panel, title, description, targets, width=width, height=height)
    if minimum is not None:
        panel.min(minimum)
    if maximum is not None:
        panel.max(maximum)
    if decimals is not None:
        panel.decimals(decimals)
    return panel


def states(
    title: str,
    description: str,
    *targets: Target,
    mappings: Sequence[ValueMapping],
    width: int = 12,
    height: int = 8,
) -> AnyPanel:
    """Return what each series was, as a band over time."""
    panel = (
        statetimeline.Panel()
        .mappings(list(mappings))
        .color_scheme(looks.BY_THRESHOLDS)
        .thresholds(looks.steps(looks.QUIET))
        .show_value(VisibilityMode.NEVER)
        .row_height(0.85)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .calcs([])
            .show_legend(True)
        )
    )
    _asked(panel, title, description, targets, width=width, height=height)
    return panel


def densities(title: str, description: str, target: Target, *, unit: str, width: int = 12, height: int = 8) -> AnyPanel:
    """Return a histogram over time as a heat map."""
    panel = (
        heatmap.Panel()
        .calculate(False)
        .y_axis(heatmap.YAxisConfig().unit(unit))
        .color(heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Turbo").steps(64))
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .show_legend()
    )
    _asked(panel, title, description, (target,), width=width, height=height)
    return panel


def matrix(
    title: str, description: str, target: Target, *, row: str, column: str, value: str, width: int, height: int
) -> AnyPanel:
    """Return a square of coloured cells from pairs: a row and a column for each name, the figure in between."""
    cells = TableColoredBackgroundCellOptions(mode=TableCellBackgroundDisplayMode.BASIC)
    square = {"rowField": row, "columnField": column, "valueField": value, "emptyValue": "null"}
    panel = (
        table.Panel()
        .color_scheme(looks.colour(FieldColorModeId.CONTINUOUS_GR_YL_RD))
        .min(0)
        .max(1)
        .decimals(2)
        .cell_options(cells)
        .transformations([DataTransformerConfig(id_val="groupingToMatrix", options=square)])
    )
    _asked(panel, title, description, (target,), width=width, height=height)
    return panel
