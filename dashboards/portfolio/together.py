"""How assets move together."""

from dashboards.looks import PLAIN, SECONDS
from dashboards.page import Section
from dashboards.panels import bars, curves, matrix
from dashboards.sources import now, over_time, rows

SECTION = Section(
    "Together",
    (
        matrix(
            "Correlations",
            "The newest matrix of the window that is chosen above; empty where too few returns are known.",
            rows("correlations"),
            row="asset",
            column="other_asset",
            value="rho",
            width=14,
            height=12,
        ),
        curves(
            "Mean correlation",
            "Mean of the known correlations of different assets. Up by 0.2 within a day, it alerts.",
            over_time("max by (window) (poise_correlation_mean)", "{{window}}"),
            unit=PLAIN,
            width=10,
            height=7,
        ),
        bars(
            "Age of the newest matrix",
            "How old each window's newest correlations are; risk counts what is too old as moving together.",
            now("max by (window) (poise_correlation_age_seconds)", "{{window}}"),
            unit=SECONDS,
            width=10,
            height=5,
        ),
    ),
)
