"""Writing the page: what is drawn of a report, and the templates that it is put into."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from poise.report import wording
from poise.report.choosing import shown_of, traded_in
from poise.report.naming import WINDOWS, figures_of, parts_of, period_line, plan_line
from poise.report.page.bars import Waterfall, waterfall
from poise.report.page.curves import Curve, curve_of
from poise.report.page.heat_maps import HeatMap, heat_map
from poise.report.page.weight_bars import weight_bars
from poise.report.period_report import Equity, PeriodReport

ASSETS_MAX = 24
PACKAGES_MAX = 500
PERPETUALS_MAX = 50
_CURVE_HEIGHT, _DRAWDOWN_HEIGHT = 280.0, 150.0

_FILTERS: Mapping[str, Callable[..., str]] = {
    name: getattr(wording, name)
    for name in (
        "bps",
        "count",
        "ending",
        "lasting",
        "percent",
        "ratio",
        "signed_percent",
        "signed_usd",
        "usd",
        "when",
        "words",
    )
}


@dataclass(frozen=True, slots=True)
class Correlations:
    """One window's heat map, and what it leaves out."""

    title: str
    as_of: str
    drawn: HeatMap
    assets: int


def page_of(report: PeriodReport) -> str:
    """Return the report as HTML that needs no network and no script."""
    return _environment().get_template("page.html.j2").render(_drawn(report))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("poise.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    return environment


def _drawn(report: PeriodReport) -> dict[str, Any]:
    equity = report.equity
    return {
        "report": report,
        "period": period_line(report),
        "figures": () if equity is None else figures_of(equity, report.total),
        "equity_curve": None if equity is None else _equity_curve(report, equity),
        "drawdown_curve": None if equity is None else _drawdown_curve(equity),
        "split": None if equity is None else _split(equity),
        "weights": weight_bars(report.weights),
        "plan": None if report.plan is None else plan_line(report.plan),
        "correlations": tuple(_correlations(report)),
        "groups": report.groups,
        "has_borrow": any(line.borrow_usd for line in (*report.ended, *report.held)),
        "ended": report.ended[:PACKAGES_MAX],
        "calibration": [line for line in report.calibration if line.symbol is None],
        "perpetuals": [line for line in report.calibration if line.symbol is not None][:PERPETUALS_MAX],
    }


def _equity_curve(report: PeriodReport, equity: Equity) -> Curve | None:
    marks = [
        (each.at, f"{each.venue}: transfer {wording.signed_usd(each.transfer_usd)}")
        for each in report.acknowledgements
        if each.transfer_usd
    ]
    points = [(each.at, float(each.equity_usd)) for each in equity.curve]
    return curve_of(points, _usd_beside, height=_CURVE_HEIGHT, marks=marks)


def _drawdown_curve(equity: Equity) -> Curve | None:
    points = [(each.at, -each.drawdown) for each in equity.curve]
    return curve_of(points, _percent_beside, height=_DRAWDOWN_HEIGHT, origin=0.0)


def _usd_beside(amount: float, step: float) -> str:
    """Write an amount as fine as it takes to tell it from the next."""
    return f"${amount:,.0f}" if step >= 1 else f"${amount:,.2f}"


def _percent_beside(fraction: float, step: float) -> str:
    return wording.percent(fraction, max(0, math.ceil(-math.log10(step * 100))))


def _split(equity: Equity) -> Waterfall:
    parts = [(name, amount, wording.signed_usd(amount)) for name, amount in parts_of(equity)]
    return waterfall(parts, ("net", float(equity.net_usd), wording.signed_usd(equity.net_usd)))


def _correlations(report: PeriodReport) -> list[Correlations]:
    traded = traded_in(report)
    drawn = []
    for matrix in report.correlations:
        shown = shown_of(matrix, traded, ASSETS_MAX)
        title = WINDOWS.get(matrix.window, matrix.window)
        drawn.append(
            Correlations(
                title, wording.when(matrix.as_of), heat_map(shown.assets, shown.rho), assets=len(matrix.assets)
            )
        )
    return drawn
