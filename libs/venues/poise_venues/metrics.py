"""What Prometheus is told of venues by every service that speaks to them."""

from functools import partial

from prometheus_client import Gauge

from poise_venues.rate_limits import SharedRateLimiter

RATE_LIMIT_HEADROOM = Gauge(
    "poise_rate_limit_headroom_ratio",
    "The share of the usable request budget's burst that is left; 0 while the venue bans us.",
    ("venue", "budget"),
)
VENUE_UP = Gauge("poise_venue_up", "1 while the venue answers this service.", ("venue",))
VENUE_CLOCK_OFFSET = Gauge("poise_venue_clock_offset_seconds", "The venue's clock less ours, as last read.", ("venue",))


def show_headroom(venue: str, limiter: SharedRateLimiter) -> None:
    """Show what is left of each budget, as the limiter knows it when it is asked."""
    for budget in limiter.budgets:
        RATE_LIMIT_HEADROOM.labels(venue, budget).set_function(partial(limiter.headroom.left, budget))
