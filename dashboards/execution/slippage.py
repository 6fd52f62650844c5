"""What fills were worse by than their decisions."""

from dashboards.columns import Column
from dashboards.looks import BPS, COUNT, USD
from dashboards.page import Section
from dashboards.panels import curves, densities, listing
from dashboards.sources import buckets, rows, series

SECTION = Section(
    "Slippage",
    (
        densities(
            "Slippage of fills",
            "How many fills were worse by how much than the price of their decision; below zero they were better.",
            buckets("sum by (le) (increase(poise_slippage_bps_bucket[$__rate_interval]))"),
            unit=BPS,
            width=8,
        ),
        curves(
            "Slippage over time",
            "Weighted by size, and how much was traded, by interval.",
            series("slippage_over_time"),
            unit=BPS,
            columns=(Column("slippage_bps", "Slippage"), Column("traded_usd", "Traded", unit=USD)),
            width=8,
        ),
        listing(
            "Slippage by market",
            "What the range's fills were worse by than their decisions, weighted by size, beside what fees took.",
            rows("slippage"),
            columns=(
                Column("venue", "Venue"),
                Column("market", "Market"),
                Column("action", "Action"),
                Column("fills", "Fills", unit=COUNT),
                Column("traded_usd", "Traded", unit=USD),
                Column("slippage_usd", "Slippage, USD", unit=USD, decimals=2),
                Column("slippage_bps", "Slippage", unit=BPS, decimals=1),
                Column("worst_bps", "Worst", unit=BPS, decimals=1),
                Column("fee_bps", "Fees", unit=BPS, decimals=1),
            ),
            width=8,
        ),
    ),
)
