"""One venue on a port of its own: its protocol, and what checkers and tests speak to."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from poise_simulator.coingecko.overview import overview_routes
from poise_simulator.control.actions import action_routes
from poise_simulator.control.answers import refuse_in_words
from poise_simulator.control.faults import fault_routes
from poise_simulator.control.hosted import Hosted
from poise_simulator.control.ledger import ledger_routes
from poise_simulator.control.metrics import metrics_route
from poise_simulator.control.scenarios import scenario_routes
from poise_simulator.protocol.face import Face

_REQUEST_MAX_BYTES = 64 * 1024


class VenueSite:
    """A venue that listens."""

    def __init__(self, hosted: Hosted, host: str, port: int, about: Mapping[str, object]) -> None:
        """Prepare to listen on a port, 0 for a free one; `about` is what `/sim/v1/info` says of it."""
        self.name = hosted.name
        self.port = port
        self._hosted = hosted
        self._host = host
        self._about = {"venue": hosted.name, **about}
        self._runner: web.AppRunner | None = None

    @property
    def face(self) -> Face:
        """The venue's protocol."""
        return self._hosted.face

    @property
    def base_url(self) -> str:
        """The address of the REST API."""
        return f"http://{self._host}:{self.port}"

    def health(self) -> dict[str, object]:
        """Return what `/healthz` shows."""
        served = self.face.served
        return {
            "status": "ok",
            "market_lag_ms": served.engine_ms - served.exchange.now_ms,
            "connections": self.face.connections,
            "slow_readers_cut_off": self.face.slow_readers_cut_off,
        }

    async def start(self) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        application = web.Application(client_max_size=_REQUEST_MAX_BYTES, middlewares=[refuse_in_words])
        application.add_routes(self._routes())
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self.port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every connection, stop listening."""
        await self.face.close_sockets()
        if self._runner is not None:
            await self._runner.cleanup()

    def tick(self) -> None:
        """Bring the venue to the present, and send what is due."""
        served = self.face.served
        served.synchronise()
        if served.is_in_maintenance:
            self.face.drop_sockets()
        self.face.tick()

    def _routes(self) -> list[web.RouteDef]:
        return [
            *ledger_routes(self.face.served, self._about, self.health),
            metrics_route(self.name, self.face),
            *overview_routes(self.face.served),
            *fault_routes(self.face),
            *action_routes(self._hosted),
            *scenario_routes(self._hosted),
            *self.face.routes(),
        ]
