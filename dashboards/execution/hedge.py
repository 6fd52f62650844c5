"""Whether what is held is hedged, and is as our books say."""

from dashboards.looks import BAD, GOOD, SECONDS, USD, Step, steps, words
from dashboards.page import Section
from dashboards.panels import curves, states
from dashboards.sources import over_time

_LOCKED_OR_NOT = words({"1": ("locked", BAD), "0": ("free", GOOD)})
_BY_VENUE = "{{venue}}"
SECTION = Section(
    "Hedge",
    (
        curves(
            "Residual delta",
            "What the packages of each venue leave unhedged, signed.",
            over_time("sum by (venue) (poise_residual_delta_usd)", _BY_VENUE),
            unit=USD,
            width=8,
        ),
        curves(
            "Since the last reconciliation",
            "How long ago each account last agreed with our books.",
            over_time("time() - max by (venue) (poise_last_reconciled_timestamp_seconds)", _BY_VENUE),
            unit=SECONDS,
            thresholds=steps(GOOD, Step(60, BAD)),
            minimum=0,
            width=8,
        ),
        states(
            "Locks",
            "Whether each account was locked: it differed from our books, and nobody had acknowledged it.",
            over_time("max by (venue) (poise_venue_locked)", _BY_VENUE),
            mappings=_LOCKED_OR_NOT,
            width=8,
        ),
    ),
)
