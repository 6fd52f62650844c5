"""What Prometheus is told of execution's dealings with venues."""

from prometheus_client import Counter, Histogram

ORDER_ANSWERS = Counter(
    "poise_order_answers_total",
    "Answers to order requests: seen, refused or unknown.",
    ("venue", "outcome"),
)
ORDER_SECONDS = Histogram(
    "poise_order_seconds",
    "From handing an order to the venue session to its answer.",
    ("venue",),
    buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
