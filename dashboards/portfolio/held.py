"""What is held: packages, assets, slots, deltas."""

from dashboards.columns import Column
from dashboards.links import TO_ASSET
from dashboards.looks import COUNT, GAIN_OR_LOSS, PLAIN, STATES, TIME, USD
from dashboards.page import Section
from dashboards.panels import curves, listing
from dashboards.sources import over_time, rows

SECTION = Section(
    "Held",
    (
        listing(
            "Packages",
            "The newest packages of the range with their legs; net is without the prices of what is still held.",
            rows("packages"),
            columns=(
                Column("package_id", "Package", width=110),
                Column("strategy", "Strategy"),
                Column("asset", "Asset", link=TO_ASSET, width=80),
                Column("tier", "Tier", unit=PLAIN, width=60),
                Column("state", "State", mappings=STATES, width=90),
                Column("opened_at", "Opened", unit=TIME, width=170),
                Column("closed_at", "Closed", unit=TIME, width=170),
                Column("held_h", "Held", unit="h", decimals=1, width=80),
                Column("long_market", "Long"),
                Column("long_quantity", "Quantity, long", decimals=4),
                Column("short_market", "Short"),
                Column("short_quantity", "Quantity, short", decimals=4),
                Column("fills", "Fills", unit=COUNT, width=60),
                Column("bought_usd", "Bought", unit=USD),
                Column("realised_pnl_usd", "Price", unit=USD, decimals=2),
                Column("slippage_usd", "Slippage", unit=USD, decimals=2),
                Column("funding_usd", "Funding", unit=USD, decimals=2),
                Column("fees_usd", "Fees", unit=USD, decimals=2),
                Column("borrow_usd", "Borrowing", unit=USD, decimals=2),
                Column("net_usd", "Net", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
            ),
        ),
        listing(
            "Assets",
            "What each asset holds, at which price it was entered, and what it has earned.",
            rows("assets"),
            columns=(
                Column("asset", "Asset", link=TO_ASSET),
                Column("packages", "Packages", unit=COUNT),
                Column("long_quantity", "Long", decimals=4),
                Column("long_entry_price", "Entered at, long", decimals=2),
                Column("short_quantity", "Short", decimals=4),
                Column("short_entry_price", "Entered at, short", decimals=2),
                Column("realised_pnl_usd", "Price", unit=USD, decimals=2),
                Column("slippage_usd", "Slippage", unit=USD, decimals=2),
                Column("funding_usd", "Funding", unit=USD, decimals=2),
                Column("fees_usd", "Fees", unit=USD, decimals=2),
                Column("borrow_usd", "Borrowing", unit=USD, decimals=2),
                Column("ever_usd", "Ever", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
                Column("today_usd", "Today", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
            ),
            width=16,
        ),
        listing(
            "Slots",
            "How many packages are under way or held, of how many the limits allow; empty is any number.",
            rows("slot_usage"),
            columns=(
                Column("slots", "Slots"),
                Column("held", "Held", unit=COUNT),
                Column("allowed", "Allowed", unit=COUNT),
                Column("reserved", "Reserved", unit=COUNT),
            ),
            width=8,
            height=8,
        ),
        listing(
            "Deltas",
            "What each asset's legs, dust and settled coins leave unhedged, at the newest price that is known.",
            rows("deltas"),
            columns=(
                Column("asset", "Asset", link=TO_ASSET),
                Column("delta", "Delta", decimals=6),
                Column("price", "Price", decimals=4),
                Column("delta_usd", "Delta, USD", unit=USD, decimals=2),
            ),
            width=8,
        ),
        curves(
            "Packages by state",
            "Packages that hold something.",
            over_time("max by (state) (poise_packages)", "{{state}}"),
            minimum=0,
            stacked=True,
            width=8,
        ),
        curves(
            "Ledger residual",
            "What each venue's account differs from the ledger by, unexplained. Beyond $1 or 1 bp of equity it alerts.",
            over_time("max by (venue) (abs(poise_ledger_residual_usd))", "{{venue}}"),
            unit=USD,
            minimum=0,
            width=8,
        ),
    ),
)
