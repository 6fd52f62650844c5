"""How near the desk is to its limits, and what they have bound."""

from dashboards.columns import Column
from dashboards.looks import COUNT, LEFT_OF_LIMIT, PLAIN, RATIO, TIME, USD
from dashboards.page import Section
from dashboards.panels import MERGED, bars, listing
from dashboards.sources import now, now_as_rows, rows

SECTION = Section(
    "Limits",
    (
        bars(
            "Left of each limit, the scarcest first",
            "The share that is left before a limit binds, over all its subjects.",
            now("bottomk(20, min by (limit) (poise_limit_headroom_ratio))", "{{limit}}"),
            unit=RATIO,
            thresholds=LEFT_OF_LIMIT,
            minimum=0,
            maximum=1,
            height=12,
        ),
        listing(
            "What each limit measures",
            "In the limit's own unit: USD, percent, or times; the subject is an asset, a venue, a pair or a coin.",
            now_as_rows("max by (limit, subject) (poise_limit_value)"),
            now_as_rows("max by (limit, subject) (poise_limit_allowed)"),
            now_as_rows("min by (limit, subject) (poise_limit_headroom_ratio)"),
            transformations=MERGED,
            columns=(
                Column("limit", "Limit"),
                Column("subject", "Subject"),
                Column("Value #A", "Now", decimals=2),
                Column("Value #B", "Allowed", decimals=2),
                Column("Value #C", "Left", unit=RATIO, decimals=0, thresholds=LEFT_OF_LIMIT),
            ),
            width=16,
            height=12,
        ),
        listing(
            "Decisions by the limit that bound",
            "What risk let through, made smaller and rejected of what was to be opened.",
            rows("decisions_by_limit"),
            columns=(
                Column("binding_limit", "Limit"),
                Column("approved", "Approved", unit=COUNT),
                Column("approved_smaller", "Made smaller", unit=COUNT),
                Column("rejected", "Rejected", unit=COUNT),
                Column("withheld_exposure_usd", "Exposure withheld", unit=USD),
            ),
            width=12,
        ),
        listing(
            "Phases",
            "Which phase the desk has been in since when, who set it and why.",
            rows("phases"),
            columns=(
                Column("since", "Since", unit=TIME, width=180),
                Column("phase", "Phase", unit=PLAIN, width=70),
                Column("set_by", "Set by", width=120),
                Column("reason", "Why"),
            ),
            width=12,
        ),
    ),
)
