"""What ingestion counts beyond what every service counts."""

from prometheus_client import Counter, Gauge, Histogram

BOOKS_HELD_BACK = Counter("poise_ingestion_books_held_back_total", "Books that did not pass the gate", ["fault"])
SCAN_SECONDS = Histogram(
    "poise_ingestion_scan_seconds", "Time a scan of all venues took", buckets=(0.5, 1, 2, 5, 10, 30, 60, 120)
)
SHARE = Gauge("poise_ingestion_share", "Instruments of a tier that this process follows", ["tier"])
REPLICAS = Gauge("poise_ingestion_replicas", "Processes that share a tier, as this one sees it", ["tier"])
