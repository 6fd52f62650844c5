"""What the desk was worth over time, and what made it so."""

from dashboards.columns import Column
from dashboards.looks import BAD, GAIN_OR_LOSS, PERCENT, USD
from dashboards.page import Section
from dashboards.panels import bars, curves
from dashboards.sources import rows, series

SECTION = Section(
    "Worth",
    (
        curves(
            "Equity",
            "What the desk was worth as each interval ended, and what of it was neither brought in nor taken out.",
            series("equity"),
            unit=USD,
            columns=(Column("equity_usd", "Equity"), Column("own_equity_usd", "Without transfers")),
        ),
        curves(
            "Drawdown since the range began",
            "How far the desk was below the most it had been since the range began.",
            series("drawdown"),
            unit=PERCENT,
            columns=(Column("drawdown_pct", "Drawdown", colour=BAD),),
            filled=True,
            width=6,
        ),
        bars(
            "The last 24 hours, by what they brought",
            "Price, slippage, funding, fees and borrowing of the 24 hours before the end of the range. They add up.",
            rows("pnl_24h"),
            unit=USD,
            thresholds=GAIN_OR_LOSS,
            each_row=True,
            width=6,
        ),
        curves(
            "Exposure and net delta",
            "Both in percent of equity, as each interval ended.",
            series("exposure"),
            unit=PERCENT,
            columns=(
                Column("exposure_pct", "Exposure"),
                Column("net_delta_pct", "Net delta"),
                Column("exposure_usd", "Exposure, USD", unit=USD),
                Column("net_delta_usd", "Net delta, USD", unit=USD),
            ),
        ),
        curves(
            "Funding",
            "What funding brought in each interval, and since the range began.",
            series("funding"),
            unit=USD,
            columns=(Column("amount_usd", "In the interval"), Column("total_usd", "Since the range began")),
        ),
    ),
)
