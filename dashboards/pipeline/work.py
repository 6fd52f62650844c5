"""Work that waits, and work that was put aside."""

from grafana_foundation_sdk.builders import dashboard as build

from dashboards.looks import BAD, COUNT, GOOD, SECONDS, Step, steps
from dashboards.page import Section
from dashboards.panels import AnyPanel, curves
from dashboards.sources import over_time


def _work(title: str, description: str, metric: str, unit: str, thresholds: build.ThresholdsConfig) -> AnyPanel:
    return curves(
        title,
        description,
        over_time(f"max by (job, stream) ({metric})", "{{job}} {{stream}}"),
        unit=unit,
        thresholds=thresholds,
        minimum=0,
        width=8,
    )


SECTION = Section(
    "Work",
    (
        _work(
            "Lag",
            "Work messages that were not yet handed to their service.",
            "poise_stream_lag",
            COUNT,
            steps(GOOD, Step(1000, BAD)),
        ),
        _work(
            "Pending",
            "Work messages that were handed over and are not yet taken.",
            "poise_stream_pending",
            COUNT,
            steps(GOOD, Step(1000, BAD)),
        ),
        _work(
            "Oldest pending",
            "How long ago the oldest work message that is not yet taken was added.",
            "poise_stream_oldest_pending_seconds",
            SECONDS,
            steps(GOOD, Step(30, BAD)),
        ),
        _work(
            "Dead letters",
            "Messages that lie put aside.",
            "poise_dead_letters",
            COUNT,
            steps(GOOD, Step(1, BAD)),
        ),
        curves(
            "Owed",
            "Work messages that a service has sent and that not all their readers are known to have taken.",
            over_time("max by (job) (poise_messages_owed)", "{{job}}"),
            minimum=0,
            width=8,
        ),
        curves(
            "Length of the streams",
            "Entries that each stream holds now.",
            over_time("max by (stream) (poise_stream_length)", "{{stream}}"),
            minimum=0,
            width=8,
        ),
    ),
)
