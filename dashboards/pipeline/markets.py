"""What is heard from the venues, and how freshly."""

from dashboards.looks import BAD, GOOD, RATIO, SECONDS, WARNING, YES_OR_NO, Step, steps
from dashboards.page import Section
from dashboards.panels import bars, curves, states
from dashboards.sources import Target, now, over_time


def _told(outcome: str) -> Target:
    """Ask how many notifications of each interval came to that; one that never did has no series, and is 0."""
    counted = f'sum(increase(poise_notifications_total{{outcome="{outcome}"}}[$__rate_interval]))'
    return over_time(f"{counted} or vector(0)", outcome)


SECTION = Section(
    "Markets and venues",
    (
        curves(
            "Oldest book",
            "Age of the oldest order book that is followed, by venue and tier; beyond a second it decides nothing.",
            over_time("max by (venue, tier) (poise_book_age_seconds_max)", "{{venue}} tier {{tier}}"),
            unit=SECONDS,
            thresholds=steps(GOOD, Step(30, BAD)),
            minimum=0,
            width=8,
        ),
        curves(
            "Books followed",
            "Order books that are followed, by venue and tier.",
            over_time("sum by (venue, tier) (poise_books_followed)", "{{venue}} tier {{tier}}"),
            minimum=0,
            width=8,
        ),
        curves(
            "Books stale",
            "Order books that are followed and too old to decide on.",
            over_time("sum by (venue, tier) (poise_books_stale)", "{{venue}} tier {{tier}}"),
            minimum=0,
            width=8,
        ),
        bars(
            "Left of each rate limit",
            "What is left of each venue's budgets, of what may be used.",
            now("min by (venue, budget) (poise_rate_limit_headroom_ratio)", "{{venue}} {{budget}}"),
            unit=RATIO,
            thresholds=steps(BAD, Step(0.1, WARNING), Step(0.3, GOOD)),
            minimum=0,
            maximum=1,
            width=8,
        ),
        states(
            "Venue answers",
            "Whether each venue answered; as ingestion or execution saw it, the worse of them.",
            over_time("min by (venue) (poise_venue_up)", "{{venue}}"),
            mappings=YES_OR_NO,
            width=8,
        ),
        curves(
            "Clock offset",
            "How far each venue's clock stands from ours; a second confirmed is the kill switch.",
            over_time("max by (venue) (poise_venue_clock_offset_seconds)", "{{venue}}"),
            unit=SECONDS,
            width=8,
        ),
        curves(
            "Last word from each feed",
            "How long ago each service took its last message of each feed.",
            over_time(
                'time() - max by (job, stream) (poise_last_handled_timestamp_seconds{stream=~"md[.].*"})',
                "{{job}} {{stream}}",
            ),
            unit=SECONDS,
            minimum=0,
        ),
        curves(
            "Notifications",
            "What the notifier still has to tell, what it has told, and what it gave up, over all channels.",
            over_time("sum(poise_notifications_waiting) or vector(0)", "waiting"),
            _told("delivered"),
            _told("failed"),
            minimum=0,
        ),
    ),
)
