"""What it has brought."""

from dashboards.columns import Column
from dashboards.looks import BPS, GAIN_OR_LOSS, PERCENT, SECONDS, STATES, TIME, USD
from dashboards.page import Section
from dashboards.panels import curves, listing
from dashboards.sources import rows, series

SECTION = Section(
    "Result",
    (
        curves(
            "P&L since the range began",
            "What was booked, by what it is made of; the prices of what is still held left out.",
            series("asset_result"),
            unit=USD,
            columns=(
                Column("price_usd", "Price"),
                Column("funding_usd", "Funding"),
                Column("fees_usd", "Fees"),
                Column("net_usd", "Net"),
            ),
            width=24,
        ),
        listing(
            "Packages",
            "The newest packages of the range with the mean prices of their entries.",
            rows("asset_packages"),
            columns=(
                Column("package_id", "Package", width=110),
                Column("strategy", "Strategy"),
                Column("state", "State", mappings=STATES, width=90),
                Column("opened_at", "Opened", unit=TIME, width=170),
                Column("closed_at", "Closed", unit=TIME, width=170),
                Column("held_s", "Held", unit=SECONDS, width=90),
                Column("long_market", "Long"),
                Column("long_quantity", "Quantity, long", decimals=4),
                Column("long_entry_price", "Entered at, long", decimals=2),
                Column("short_market", "Short"),
                Column("short_quantity", "Quantity, short", decimals=4),
                Column("short_entry_price", "Entered at, short", decimals=2),
                Column("entry_basis_pct", "Basis at entry", unit=PERCENT, decimals=3),
                Column("realised_pnl_usd", "Price", unit=USD, decimals=2),
                Column("funding_usd", "Funding", unit=USD, decimals=2),
                Column("fees_usd", "Fees", unit=USD, decimals=2),
                Column("net_usd", "Net", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
            ),
        ),
        listing(
            "Fills",
            "The newest fills of the range, each beside the price that was decided on.",
            rows("asset_fills"),
            columns=(
                Column("filled_at", "Filled", unit=TIME, width=180),
                Column("market", "Market"),
                Column("action", "Action"),
                Column("side", "Side"),
                Column("quantity", "Quantity", decimals=4),
                Column("price", "Price", decimals=4),
                Column("decision_price", "Decided on", decimals=4),
                Column("traded_usd", "Traded", unit=USD),
                Column("slippage_bps", "Slippage", unit=BPS, decimals=1),
                Column("fee_usd", "Fee", unit=USD, decimals=2),
                Column("realised_pnl_usd", "Realised", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
            ),
        ),
    ),
)
