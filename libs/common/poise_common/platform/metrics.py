"""What every service counts and times, by Prometheus' names."""

from importlib.metadata import version
from math import nan

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics

# When each counter was born doubles the series, and nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus-client has no types for it

HOP_SECONDS = Histogram(
    "poise_hop_seconds",
    "From a message's last hop to being handled here, by the stage it came from.",
    ["stage"],
    buckets=(0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
)
HANDLED = Counter("poise_messages_handled", "Messages the core has taken.", ["stream"])
PUBLISHED = Counter("poise_messages_published", "Messages added to a stream.", ["stream"])
SKIPPED = Counter(
    "poise_messages_skipped", "Feed messages that a newer one replaced before they were read.", ["stream"]
)
DROPPED = Counter("poise_messages_dropped", "Feed messages not published because the bus was unreachable.", ["stream"])
DUPLICATES = Counter("poise_messages_duplicate", "Work messages that came again and changed nothing.", ["stream"])
DEAD_LETTERED = Counter("poise_messages_dead_lettered", "Messages put aside with a reason.", ["stream"])
LAST_HANDLED = Gauge("poise_last_handled_timestamp_seconds", "When the core last took a message.", ["stream"])
OWED = Gauge("poise_messages_owed", "Work messages not yet known to be taken by all their readers.")
LEASE_EPOCH = Gauge("poise_lease_epoch", "The epoch of the lease this process holds on its schema; 0 without one.")

BUILD = Info("poise_build", "What is running.")
READY = Gauge("poise_ready", "1 while `/readyz` says that the service is ready.")
BUS_UP = Gauge("poise_bus_up", "1 while the bus answers this service.")
BOOK_UP = Gauge("poise_book_up", "1 while the book of record answers this service; not a number where it keeps none.")
BOOK_UP.set(nan)

STREAM_LENGTH = Gauge("poise_stream_length", "Entries that a stream which is read here holds now.", ["stream"])
STREAM_LAG = Gauge("poise_stream_lag", "Work messages that were not yet handed to this service.", ["stream"])
STREAM_PENDING = Gauge(
    "poise_stream_pending", "Work messages that were handed to this service and are not yet taken.", ["stream"]
)
STREAM_OLDEST_PENDING = Gauge(
    "poise_stream_oldest_pending_seconds",
    "How long ago the oldest work message that is handed over and not yet taken was added; 0 without one.",
    ["stream"],
)
DEAD_LETTERS = Gauge("poise_dead_letters", "Messages of a stream that now lie put aside.", ["stream"])


def show_build() -> None:
    """Show which version runs."""
    BUILD.info({"version": version("poise-common")})
