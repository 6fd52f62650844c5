"""What runs, and what it takes."""

from dashboards.columns import Column
from dashboards.looks import BYTES, PLAIN, SECONDS, YES_OR_NO, not_a_number
from dashboards.page import Section
from dashboards.panels import MERGED, curves, listing, states
from dashboards.sources import now_as_rows, over_time

SECTION = Section(
    "Processes",
    (
        states(
            "Ready",
            "Whether each service was ready; of those that stand by for each other, whether one was.",
            over_time("max by (job) (poise_ready)", "{{job}}"),
            mappings=YES_OR_NO,
            width=12,
            height=9,
        ),
        listing(
            "What runs",
            "Each process with its version, and whether the bus and the book answer it; ingestion keeps no book.",
            now_as_rows("max by (job, instance, version) (poise_build_info)"),
            now_as_rows("max by (job, instance) (poise_bus_up)"),
            now_as_rows("max by (job, instance) (poise_book_up)"),
            now_as_rows("max by (job, instance) (process_resident_memory_bytes)"),
            now_as_rows("time() - max by (job, instance) (process_start_time_seconds)"),
            transformations=MERGED,
            columns=(
                Column("job", "Service"),
                Column("instance", "Process"),
                Column("version", "Version", width=80),
                Column("Value #A", "Runs", mappings=YES_OR_NO, width=70),
                Column("Value #B", "Bus", mappings=YES_OR_NO, width=70),
                Column("Value #C", "Book", mappings=[*YES_OR_NO, not_a_number("none")], width=70),
                Column("Value #D", "Memory", unit=BYTES, width=100),
                Column("Value #E", "Since", unit=SECONDS, width=100),
            ),
            width=12,
            height=9,
        ),
        curves(
            "Memory",
            "Resident memory of each process.",
            over_time("process_resident_memory_bytes", "{{job}} {{instance}}"),
            unit=BYTES,
            minimum=0,
            stacked=True,
            width=8,
        ),
        curves(
            "Processor",
            "Cores that each process keeps busy.",
            over_time("rate(process_cpu_seconds_total[$__rate_interval])", "{{job}} {{instance}}"),
            unit=PLAIN,
            minimum=0,
            stacked=True,
            width=8,
        ),
        curves(
            "Replicas of ingestion",
            "How many share each tier's instruments, and how many instruments the replicas follow.",
            over_time("max by (tier) (poise_ingestion_replicas)", "tier {{tier}}: replicas"),
            over_time("sum by (tier) (poise_ingestion_share)", "tier {{tier}}: instruments"),
            minimum=0,
            width=8,
        ),
    ),
)
