"""Decisions and fills, the newest first."""

from dashboards.columns import Column
from dashboards.links import TO_ASSET
from dashboards.looks import BPS, GAIN_OR_LOSS, TIME, USD, VERDICTS
from dashboards.page import Section
from dashboards.panels import curves, listing
from dashboards.sources import over_time, rows

_FILL_COLUMNS = (
    Column("filled_at", "Filled", unit=TIME, width=180),
    Column("asset", "Asset", link=TO_ASSET, width=80),
    Column("strategy", "Strategy"),
    Column("market", "Market"),
    Column("action", "Action", width=80),
    Column("purpose", "For", width=80),
    Column("side", "Side", width=70),
    Column("quantity", "Quantity", decimals=4),
    Column("price", "Price", decimals=4),
    Column("decision_price", "Decided on", decimals=4),
    Column("traded_usd", "Traded", unit=USD),
    Column("slippage_bps", "Slippage", unit=BPS, decimals=1),
    Column("fee_usd", "Fee", unit=USD, decimals=2),
    Column("realised_pnl_usd", "Realised", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
)

SECTION = Section(
    "Record",
    (
        curves(
            "Decisions on openings",
            "What risk said of packages to be opened, a minute, by the limit that bound.",
            over_time(
                '60 * sum by (verdict, binding_limit) (rate(poise_risk_decisions_total{action="open"}'
                "[$__rate_interval]))",
                "{{verdict}} {{binding_limit}}",
            ),
            unit="cpm",
            minimum=0,
            width=24,
        ),
        listing(
            "Newest decisions",
            "The newest decisions on packages to be opened, each with the limit that bound and why.",
            rows("decisions"),
            columns=(
                Column("decided_at", "Decided", unit=TIME, width=180),
                Column("strategy", "Strategy", width=140),
                Column("asset", "Asset", link=TO_ASSET, width=80),
                Column("verdict", "Verdict", mappings=VERDICTS, width=90),
                Column("binding_limit", "Limit", width=150),
                Column("requested_exposure_usd", "Asked for", unit=USD, width=110),
                Column("approved_exposure_usd", "Approved", unit=USD, width=110),
                Column("reason", "Why"),
            ),
        ),
        listing(
            "Newest fills",
            "The newest fills of the range, each beside the price that was decided on.",
            rows("fills"),
            columns=_FILL_COLUMNS,
        ),
    ),
)
