"""How long each step takes."""

from dashboards.looks import SECONDS
from dashboards.page import Section
from dashboards.panels import curves, densities
from dashboards.sources import buckets, over_time

SECTION = Section(
    "Latency",
    (
        densities(
            "From tick to order",
            "How long it took from the venue's frame to the order: how many orders by time taken.",
            buckets("sum by (le) (increase(poise_tick_to_order_seconds_bucket[$__rate_interval]))"),
            unit=SECONDS,
        ),
        curves(
            "Each hop, 99 %",
            "From a message's last hop to being handled, by the stage it came from: one of a hundred took longer.",
            over_time(
                "histogram_quantile(0.99, sum by (le, job, stage) (rate(poise_hop_seconds_bucket[$__rate_interval])))",
                "{{stage}} → {{job}}",
            ),
            unit=SECONDS,
            minimum=0,
        ),
        curves(
            "Each hop, half",
            "The same: half took longer.",
            over_time(
                "histogram_quantile(0.5, sum by (le, job, stage) (rate(poise_hop_seconds_bucket[$__rate_interval])))",
                "{{stage}} → {{job}}",
            ),
            unit=SECONDS,
            minimum=0,
        ),
        curves(
            "The venue's answer to an order",
            "From handing an order to the venue's session to its answer; half and 99 % of the last 15 minutes' orders.",
            over_time(
                "histogram_quantile(0.5, sum by (le, venue) (rate(poise_order_seconds_bucket[15m])))", "{{venue}} p50"
            ),
            over_time(
                "histogram_quantile(0.99, sum by (le, venue) (rate(poise_order_seconds_bucket[15m])))", "{{venue}} p99"
            ),
            unit=SECONDS,
            minimum=0,
        ),
    ),
)
