"""What matters at a glance."""

from dashboards.looks import BAD, GOOD, NONE_IS_GOOD, ONE_IS_GOOD, RATIO, SECONDS, WARNING, YES_OR_NO, Step, steps
from dashboards.page import Section
from dashboards.panels import figure
from dashboards.sources import now

_SLOW = steps(GOOD, Step(0.01, WARNING), Step(0.1, BAD))
"""From venue frame to order: at most 10 ms by design, and 100 ms is what others take."""


SECTION = Section(
    "Now",
    (
        figure(
            "Scraped",
            "Whether Prometheus reaches every process.",
            now("min(up)", "all"),
            mappings=YES_OR_NO,
            thresholds=ONE_IS_GOOD,
        ),
        figure(
            "Ready",
            "Whether every service is ready; of those that stand by for each other, whether one is.",
            now("min(max by (job) (poise_ready))", "all"),
            mappings=YES_OR_NO,
            thresholds=ONE_IS_GOOD,
        ),
        figure(
            "From tick to order, half",
            "From receiving the venue's frame to handing over the approved order: half of the range's took less.",
            now("histogram_quantile(0.5, sum by (le) (increase(poise_tick_to_order_seconds_bucket[$__range])))", "p50"),
            unit=SECONDS,
            thresholds=_SLOW,
        ),
        figure(
            "From tick to order, 99 %",
            "The same: of a hundred orders of the range, one took longer.",
            now(
                "histogram_quantile(0.99, sum by (le) (increase(poise_tick_to_order_seconds_bucket[$__range])))", "p99"
            ),
            unit=SECONDS,
            thresholds=_SLOW,
        ),
        figure(
            "Not yet taken",
            "Work messages that wait for a service, over all streams: not handed over, or handed over and not taken.",
            now("sum(poise_stream_lag) + sum(poise_stream_pending)", "waiting"),
            thresholds=steps(GOOD, Step(100, WARNING), Step(1000, BAD)),
        ),
        figure(
            "Dead letters",
            "Messages that lie put aside; each wants a look.",
            now("sum(max by (stream) (poise_dead_letters))", "put aside"),
            thresholds=NONE_IS_GOOD,
        ),
        figure(
            "Books stale",
            "Order books that are followed and too old to decide on.",
            now("sum(poise_books_stale)", "stale"),
            thresholds=steps(GOOD, Step(1, WARNING), Step(10, BAD)),
        ),
        figure(
            "Scarcest budget",
            "What is left of the scarcest of the venues' rate limits, of what may be used.",
            now("min(poise_rate_limit_headroom_ratio)", "left"),
            unit=RATIO,
            decimals=0,
            thresholds=steps(BAD, Step(0.1, WARNING), Step(0.3, GOOD)),
        ),
    ),
)
