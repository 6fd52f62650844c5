"""What Prometheus is told of a simulated venue, in its text format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from poise_simulator.protocol.face import Face

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Sample:
    name: str
    kind: str
    meaning: str
    value: float

    def lines(self, venue: str) -> Iterator[str]:
        yield f"# HELP {self.name} {self.meaning}"
        yield f"# TYPE {self.name} {self.kind}"
        yield f'{self.name}{{venue="{venue}"}} {float(self.value)!r}'


def metrics_route(venue: str, face: Face) -> web.RouteDef:
    """Return `/metrics` of a venue."""

    async def metrics(_: web.Request) -> web.Response:
        lines = (line for sample in _samples(face) for line in sample.lines(venue))
        # The version of the format is part of its type, which aiohttp would take apart.
        return web.Response(text="\n".join((*lines, "")), headers={"Content-Type": _CONTENT_TYPE})

    return web.get("/metrics", metrics)


def _samples(face: Face) -> Iterator[_Sample]:
    served = face.served
    lag_s = (served.engine_ms - served.exchange.now_ms) / 1000
    counts = [served.exchange.ledger_count(account) for account in served.exchange.account_ids()]
    yield _Sample("poise_simulator_market_lag_seconds", "gauge", "How far the market is behind its clock.", lag_s)
    yield _Sample("poise_simulator_connections", "gauge", "WebSocket connections that are open.", face.connections)
    yield _Sample(
        "poise_simulator_slow_readers_cut_off_total",
        "counter",
        "Connections dropped because their client did not read.",
        face.slow_readers_cut_off,
    )
    yield _Sample(
        "poise_simulator_orders_total",
        "counter",
        "Orders the venue has taken, of all accounts.",
        sum(count.orders for count in counts),
    )
    yield _Sample(
        "poise_simulator_fills_total",
        "counter",
        "Fills of orders, of all accounts.",
        sum(count.fills for count in counts),
    )
