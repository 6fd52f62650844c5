"""What ingestion keeps in Redis beside the streams: every key, in one place; a tier's are in one slot of a cluster."""

SCANNING_DUTY = "ingestion:duty:universe"
"""Token of the process that scans, with a lease."""
RELIABILITY = "ingestion:reliability"
"""Hash: instrument → share of fresh time and when it was written."""


def replicas_of(tier: int) -> str:
    """Return the sorted set of the processes that serve a tier, by when their leases end (Unix ms by Redis' clock)."""
    return f"ingestion:{{tier{tier}}}:replicas"


def histories_of(tier: int) -> str:
    """Return the hash of a tier: instrument → the process that last published its histories."""
    return f"ingestion:{{tier{tier}}}:histories"


def silent_at(tier: int) -> str:
    """Return the hash of a tier: process → the instruments that it should show and has no books of, as JSON."""
    return f"ingestion:{{tier{tier}}}:silent"


def shown_by(tier: int) -> str:
    """Return the hash of a tier: instrument → the process that last began to show it."""
    return f"ingestion:{{tier{tier}}}:shown_by"
