"""`GET /global`: total market capitalisation, and whose share of it is how large."""

from __future__ import annotations

from aiohttp import web

from poise_simulator.control.answers import json_answer
from poise_simulator.domain.market_caps import SUPPLIES, MarketCaps, market_caps
from poise_simulator.protocol.served import ServedExchange


def overview_routes(served: ServedExchange) -> list[web.RouteDef]:
    """Return `/global`, which asks for no key."""

    async def overview(_: web.Request) -> web.Response:
        served.synchronise()
        return json_answer(global_answer(market_caps(served.exchange), served.now_ms))

    return [web.get("/global", overview)]


def global_answer(caps: MarketCaps, now_ms: int) -> dict[str, object]:
    """Write the answer in its documented shape; a dollar is a unit of what all is quoted in."""
    btc = caps.now["BTC"] / SUPPLIES["BTC"]
    return {
        "data": {
            "active_cryptocurrencies": len(caps.now),
            "upcoming_icos": 0,
            "ongoing_icos": 0,
            "ended_icos": 0,
            "markets": caps.pairs,
            "total_market_cap": {"usd": caps.total, "btc": caps.total / btc},
            "total_volume": {"usd": caps.volume_24h, "btc": caps.volume_24h / btc},
            "market_cap_percentage": {asset.lower(): caps.share_pct(asset) for asset in caps.now},
            "market_cap_change_percentage_24h_usd": caps.change_24h_pct,
            "updated_at": now_ms // 1_000,
        }
    }
