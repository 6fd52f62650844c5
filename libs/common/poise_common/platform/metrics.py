"""What every service counts and times, by Prometheus' names."""

from prometheus_client import Counter, Gauge, Histogram

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
