"""What was ordered, and what came of it."""

from dashboards.columns import Column
from dashboards.looks import COUNT, NONE_IS_GOOD, TIME
from dashboards.page import Section
from dashboards.panels import curves, listing
from dashboards.sources import over_time, rows

_BY_VENUE = "{{venue}}"
SECTION = Section(
    "Orders",
    (
        curves(
            "Answers to orders",
            "What venues answered to orders, a minute.",
            over_time(
                "60 * sum by (venue, outcome) (rate(poise_order_answers_total[$__rate_interval]))",
                "{{venue}} {{outcome}}",
            ),
            unit="cpm",
            minimum=0,
            width=8,
        ),
        curves(
            "Fills",
            "Fills, a minute.",
            over_time("60 * sum by (venue) (rate(poise_leg_fills_total[$__rate_interval]))", _BY_VENUE),
            unit="cpm",
            minimum=0,
            width=8,
        ),
        curves(
            "Orders unknown",
            "Orders that may or may not exist at the venue.",
            over_time("max by (venue) (poise_orders_unknown)", _BY_VENUE),
            minimum=0,
            width=8,
        ),
        listing(
            "What became of orders",
            "The orders of the range by venue. What is unknown is being looked up, and is never sent again.",
            rows("orders"),
            columns=(
                Column("venue", "Venue"),
                Column("orders", "Orders", unit=COUNT),
                Column("filled", "Filled", unit=COUNT),
                Column("filled_in_part", "In part", unit=COUNT),
                Column("unfilled", "Not at all", unit=COUNT),
                Column("void", "Void", unit=COUNT),
                Column("under_way", "Under way", unit=COUNT),
                Column("unknown", "Unknown", unit=COUNT, thresholds=NONE_IS_GOOD),
                Column("unwinding", "Took back", unit=COUNT),
            ),
            width=12,
            height=6,
        ),
        listing(
            "Accounts",
            "Since when nothing before is in doubt, which locks stand, and who acknowledged the last one.",
            rows("locks"),
            columns=(
                Column("venue", "Venue"),
                Column("settled_at", "Settled until", unit=TIME),
                Column("standing", "Locks now", unit=COUNT, thresholds=NONE_IS_GOOD),
                Column("ever", "Locks ever", unit=COUNT),
                Column("newest_at", "Newest lock", unit=TIME),
                Column("last_acknowledged_by", "Acknowledged by"),
            ),
            width=12,
            height=6,
        ),
    ),
)
