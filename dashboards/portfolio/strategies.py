"""What each strategy has to show for itself."""

from dashboards.columns import Column
from dashboards.links import TO_ASSET
from dashboards.looks import COUNT, GAIN_OR_LOSS, PERCENT, SECONDS, USD
from dashboards.page import Section
from dashboards.panels import listing
from dashboards.sources import rows

SECTION = Section(
    "Strategies",
    (
        listing(
            "Track records",
            "What each strategy has to show for the packages of the range; net is without the prices of what is held.",
            rows("strategies"),
            columns=(
                Column("strategy", "Strategy"),
                Column("held", "Held", unit=COUNT),
                Column("closed", "Closed", unit=COUNT),
                Column("aborted", "Aborted", unit=COUNT),
                Column("won", "Won", unit=COUNT),
                Column("won_pct", "Won", unit=PERCENT, decimals=0),
                Column("net_usd", "Net", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
                Column("mean_net_usd", "Mean of the closed", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
                Column("funding_usd", "Funding", unit=USD, decimals=2),
                Column("fees_usd", "Fees", unit=USD, decimals=2),
                Column("slippage_usd", "Slippage", unit=USD, decimals=2),
                Column("mean_held_s", "Held on average", unit=SECONDS),
            ),
            width=16,
        ),
        listing(
            "Funding by asset",
            "What funding brought by asset in the range: received, paid, and how often.",
            rows("funding_by_asset"),
            columns=(
                Column("asset", "Asset", link=TO_ASSET),
                Column("payments", "Payments", unit=COUNT),
                Column("received_usd", "Received", unit=USD, decimals=2),
                Column("paid_usd", "Paid", unit=USD, decimals=2),
                Column("net_usd", "Net", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
            ),
            width=8,
        ),
    ),
)
