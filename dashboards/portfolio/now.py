"""What matters at a glance."""

from grafana_foundation_sdk.models.common import BigValueTextMode

from dashboards.columns import Column
from dashboards.looks import BAD, COUNT, GAIN_OR_LOSS, GOOD, NONE_IS_GOOD, RATIO, SEVERITIES, USD, WARNING, Step, steps
from dashboards.page import Section
from dashboards.panels import MERGED, figure, listing
from dashboards.sources import now, now_as_rows, over_time

_MODE_COLOURS = (
    Column("active", "active", colour=GOOD),
    Column("reducing", "reducing", colour=WARNING),
    Column("halted", "halted", colour=BAD),
)

SECTION = Section(
    "Now",
    (
        figure(
            "Mode",
            "Active: trades. Reducing: exits and hedges only. Halted: nothing but what a person signs.",
            now("max by (mode) (poise_risk_mode) == 1", "{{mode}}"),
            columns=_MODE_COLOURS,
            text=BigValueTextMode.NAME,
        ),
        figure(
            "Critical alerts",
            "How many critical alerts fire, as the notifier or as Prometheus counts them: either may be dead.",
            now(
                'max(label_replace(sum(poise_alert_firing{severity="critical"}) or vector(0), "of", "desk", "", "")'
                ' or label_replace(count(ALERTS{alertstate="firing", severity="critical"}) or vector(0),'
                ' "of", "rules", "", ""))',
                "critical",
            ),
            thresholds=NONE_IS_GOOD,
        ),
        figure(
            "Equity",
            "Cash and marked positions of all venues.",
            over_time("max(poise_equity_usd)", "equity"),
            unit=USD,
            with_curve=True,
            width=4,
        ),
        figure(
            "Today",
            "What equity has changed by since the UTC day began, transfers left out.",
            now("max(poise_day_pnl_usd)", "today"),
            unit=USD,
            thresholds=GAIN_OR_LOSS,
        ),
        figure(
            "Drawdown",
            "What is lost of the high-water mark. The kill switch stands at its limit, among the limits below.",
            now("max(poise_drawdown_ratio)", "drawdown"),
            unit=RATIO,
            decimals=2,
            thresholds=steps(GOOD, Step(0.1, WARNING), Step(0.15, BAD)),
        ),
        figure(
            "Exposure / equity",
            "Exposure of all packages, of each the larger leg. An alert comes at 35 %, nothing is opened beyond 40 %.",
            now("max(poise_exposure_usd) / max(poise_equity_usd)", "exposure"),
            unit=RATIO,
            decimals=1,
            thresholds=steps(GOOD, Step(0.35, WARNING), Step(0.4, BAD)),
        ),
        figure(
            "Net delta / equity",
            "What all legs together leave unhedged, of equity; at most 1 % either way.",
            now("max(poise_net_delta_usd) / max(poise_equity_usd)", "net delta"),
            unit=RATIO,
            decimals=2,
            thresholds=steps(BAD, Step(-0.01, GOOD), Step(0.01, BAD)),
        ),
        figure(
            "Phase",
            "How far the desk is trusted: 0 is Bitcoin alone, 3 everything with an edge.",
            now("max(poise_phase)", "phase"),
            width=2,
        ),
        listing(
            "Alerts",
            "What fires now, of the desk and of Prometheus' own rules. Each has its heading in docs/alerts.md.",
            now_as_rows(
                "max by (name, severity) (poise_alert_firing) or max by (name, severity)"
                ' (label_replace(ALERTS{alertstate="firing"}, "name", "$1", "alertname", "(.+)"))'
            ),
            transformations=MERGED,
            columns=(
                Column("severity", "Severity", mappings=SEVERITIES, width=110),
                Column("name", "Alert"),
                Column("Value", "Subjects", unit=COUNT, width=100),
                Column("Value #A", "Subjects", unit=COUNT, width=100),
            ),
            height=5,
        ),
    ),
)
