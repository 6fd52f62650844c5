"""Where Binance's APIs are when they are served at one address instead of at the venue's hosts."""

from typing import Any


def urls_under(base_url: str) -> dict[str, Any]:
    """Return ccxt's `urls['api']` for a server that has the venue's own paths, WebSockets under a market prefix."""
    base = base_url.rstrip("/")
    sockets = "ws" + base.removeprefix("http")
    return {
        "public": f"{base}/api/v3",
        "private": f"{base}/api/v3",
        "v1": f"{base}/api/v1",
        "sapi": f"{base}/sapi/v1",
        "sapiV2": f"{base}/sapi/v2",
        "sapiV3": f"{base}/sapi/v3",
        "sapiV4": f"{base}/sapi/v4",
        "fapiPublic": f"{base}/fapi/v1",
        "fapiPublicV2": f"{base}/fapi/v2",
        "fapiPublicV3": f"{base}/fapi/v3",
        "fapiPrivate": f"{base}/fapi/v1",
        "fapiPrivateV2": f"{base}/fapi/v2",
        "fapiPrivateV3": f"{base}/fapi/v3",
        "fapiData": f"{base}/futures/data",
        "ws": {
            "spot": f"{sockets}/spot/ws",
            "margin": f"{sockets}/spot/ws",
            "future": f"{sockets}/futures/ws",
            "ws-api": {
                "spot": f"{sockets}/spot/ws-api/v3",
                "future": f"{sockets}/futures/ws-fapi/v1",
            },
        },
    }
