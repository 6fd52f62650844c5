"""Where OKX's APIs are when they are served at one address instead of at the venue's hosts."""

from typing import Any


def urls_under(base_url: str) -> dict[str, Any]:
    """Return ccxt's `urls['api']` for a server that has the venue's own paths: `/api/v5` and `/ws/v5`."""
    base = base_url.rstrip("/")
    return {"rest": base, "ws": f"ws{base.removeprefix('http')}/ws/v5"}
