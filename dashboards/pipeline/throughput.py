"""How much flows, and what goes wrong with it."""

from dashboards.looks import A_SECOND
from dashboards.page import Section
from dashboards.panels import AnyPanel, curves
from dashboards.sources import Target, over_time


def _rate_by_stream(title: str, description: str, metric: str) -> AnyPanel:
    return curves(
        title,
        description,
        over_time(f"sum by (job, stream) (rate({metric}[$__rate_interval]))", "{{job}} {{stream}}"),
        unit=A_SECOND,
        minimum=0,
    )


def _counted(metric: str, what: str) -> Target:
    """Ask how often something happened in each interval; a counter that never counted has no series, and is 0."""
    counted = f"sum by (job) (increase({metric}[$__rate_interval]))"
    return over_time(f"{counted} or sum by (job) (0 * up)", f"{{{{job}}}} {what}")


SECTION = Section(
    "Throughput",
    (
        _rate_by_stream("Handled", "Messages that each service's core took.", "poise_messages_handled_total"),
        _rate_by_stream("Published", "Messages that each service added.", "poise_messages_published_total"),
        _rate_by_stream(
            "Skipped",
            "Feed messages that a newer one replaced before they were read: many, and the reader is slow.",
            "poise_messages_skipped_total",
        ),
        curves(
            "Errors",
            "Messages put aside, feed messages dropped for want of the bus, and work that came twice.",
            _counted("poise_messages_dead_lettered_total", "put aside"),
            _counted("poise_messages_dropped_total", "dropped"),
            _counted("poise_messages_duplicate_total", "came twice"),
            minimum=0,
        ),
    ),
)
