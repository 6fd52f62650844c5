"""One simulated venue, put together: exchange, protocol, and the task that keeps it running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from poise_simulator.binance.credentials import ApiKey, KeyRing
from poise_simulator.binance.intervals import DAY_MS, MINUTE_MS
from poise_simulator.binance.listen_keys import ListenKeys
from poise_simulator.binance.rate_limits import BanPolicy, Pool, PoolLimits, RateLimits, Window
from poise_simulator.binance.rest import rest_routes
from poise_simulator.binance.streams.hub import Hub
from poise_simulator.binance.streams.market_streams import MarketStreams
from poise_simulator.binance.streams.open_sockets import SocketLimits
from poise_simulator.binance.streams.request_sockets import RequestSockets
from poise_simulator.binance.streams.stream_sockets import StreamSockets
from poise_simulator.binance.streams.struck_market_messages import MarketOutlet
from poise_simulator.binance.streams.struck_user_events import UserEventOutlet
from poise_simulator.binance.streams.user_data import UserDataStreams
from poise_simulator.binance.venue import Venue
from poise_simulator.clock import RunningClock
from poise_simulator.control.actions import action_routes
from poise_simulator.control.answers import refuse_in_words
from poise_simulator.control.faults import fault_routes
from poise_simulator.control.ledger import ledger_routes
from poise_simulator.control.scenarios import scenario_routes
from poise_simulator.domain.config import AccountConfig, ExchangeConfig
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.regimes import PROFILES
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.settings import PoolLimitSettings, SimulatorSettings

_FUTURES_PREFIXES = ("/futures", "/futures/public", "/futures/market", "/futures/private")


class Simulator:
    """A running venue on one port; `async with` starts and stops it."""

    def __init__(self, settings: SimulatorSettings, clock_ms: Callable[[], int] | None = None) -> None:
        start_ms = settings.start_ms()
        clock = clock_ms or RunningClock(start_ms)  # first: what the exchange takes to be built would be its lag
        self._settings = settings
        self.venue = Venue(
            Exchange(_exchange_config(settings), seed=settings.seed, start_ms=start_ms),
            clock_ms=clock,
            keys=KeyRing(
                ApiKey(key.key, key.secret, key.account_id, key.may_trade, key.may_withdraw)
                for key in settings.api_keys
            ),
            limits=_rate_limits(settings),
            listen_keys=ListenKeys(settings.listen_key_validity_s * 1000, salt=str(settings.seed)),
        )
        self.faults = FaultPlan(settings.seed, settings.seeded_faults())
        self._hub = hub = Hub()
        self._market_streams = MarketStreams(self.venue, MarketOutlet(self.venue, hub, self.faults))
        self._user_events = UserEventOutlet(self.venue, hub, self.faults)
        self._user_data = UserDataStreams(self.venue, hub, self._user_events)
        self.venue.listen(self._market_streams.listen)
        self.venue.listen(self._user_data.listen)
        spot, futures = _socket_limits(settings)
        self._streams = [
            StreamSockets(Market.SPOT, self.venue, hub, spot),
            StreamSockets(Market.FUTURES, self.venue, hub, futures),
        ]
        self._requests = [
            RequestSockets(Market.SPOT, self.venue, hub, spot),
            RequestSockets(Market.FUTURES, self.venue, hub, futures),
        ]
        self._sockets = [
            *(streams.open for streams in self._streams),
            *(requests.open for requests in self._requests),
        ]
        self._about: dict[str, object] = {
            "seed": settings.seed,
            "profile": settings.profile,
            "funding_interval_s": settings.funding_interval_s,
            "start_ms": start_ms,
        }
        self._runner: web.AppRunner | None = None
        self._pump: asyncio.Task[None] | None = None
        self.port = settings.port

    @property
    def base_url(self) -> str:
        """Return the address of the REST API."""
        return f"http://{self._settings.host}:{self.port}"

    @property
    def slow_readers_cut_off(self) -> int:
        """Return how many connections were dropped because their client didn't read."""
        return sum(sockets.slow_readers_cut_off for sockets in self._sockets)

    def health(self) -> dict[str, object]:
        """Return what `/healthz` shows."""
        return {
            "status": "ok",
            "market_lag_ms": self.venue.engine_ms - self.venue.exchange.now_ms,
            "connections": sum(sockets.count for sockets in self._sockets),
            "slow_readers_cut_off": self.slow_readers_cut_off,
        }

    async def __aenter__(self) -> Simulator:
        """Listen and run; raises `OSError` when the port is taken."""
        application = web.Application(client_max_size=64 * 1024, middlewares=[refuse_in_words])
        application.add_routes(self._routes())
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.host, self._settings.port)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        self._pump = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection, stop listening."""
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        await self.disconnect_all()
        if self._runner is not None:
            await self._runner.cleanup()

    async def disconnect_all(self) -> None:
        """Close every WebSocket; clients may come back."""
        for sockets in self._sockets:
            await sockets.close()

    def drop_all(self) -> None:
        """Drop every WebSocket without a word; clients may come back."""
        for sockets in self._sockets:
            sockets.drop()

    async def run_until(self, stopped: asyncio.Event) -> None:
        """Return when `stopped` is set; raises what ended the market's task if that ends first."""
        if self._pump is None:
            return
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({waiting, self._pump}, return_when=asyncio.FIRST_COMPLETED)
        if self._pump.done():
            waiting.cancel()
            self._pump.result()

    async def _run(self) -> None:
        tick_s = self._settings.tick_ms / 1000
        while True:
            self.venue.synchronise()
            if self.venue.is_in_maintenance:
                self.drop_all()
            self._market_streams.tick(self.venue.engine_ms)
            self._user_events.tick(self.venue.engine_ms)
            self._user_data.expire_listen_keys(self.venue.now_ms)
            await asyncio.sleep(tick_s)

    def _routes(self) -> list[web.RouteDef]:
        spot_streams, futures_streams = self._streams
        spot_requests, futures_requests = self._requests
        return [
            *ledger_routes(self.venue, self._about, self.health),
            *fault_routes(self.venue, self.faults),
            *action_routes(self.venue, self._hub, self.drop_all),
            *scenario_routes(self.venue),
            *rest_routes(self.venue, self.faults),
            *spot_streams.routes("/spot"),
            *(route for prefix in _FUTURES_PREFIXES for route in futures_streams.routes(prefix)),
            web.get("/spot/ws-api/v3", spot_requests.serve),
            web.get("/futures/ws-fapi/v1", futures_requests.serve),
        ]


@asynccontextmanager
async def running_simulator(settings: SimulatorSettings) -> AsyncIterator[Simulator]:
    """Run a venue for the length of a block."""
    async with Simulator(settings) as simulator:
        yield simulator


def _exchange_config(settings: SimulatorSettings) -> ExchangeConfig:
    return ExchangeConfig(
        accounts=tuple(
            AccountConfig(account.account_id, {"USDT": account.spot_usdt}, account.futures_usdt)
            for account in settings.accounts
        ),
        regimes=PROFILES[settings.profile],
        funding_interval_s=settings.funding_interval_s,
    )


def _rate_limits(settings: SimulatorSettings) -> RateLimits:
    return RateLimits(
        {
            Pool.SPOT: _pool(settings.spot_limits),
            Pool.WALLET: _pool(settings.wallet_limits),
            Pool.FUTURES: _pool(settings.futures_limits),
        },
        BanPolicy(settings.bans.refusals_before_ban, settings.bans.first_ban_s, settings.bans.longest_ban_s),
        Window("CONNECTIONS", 5 * MINUTE_MS, settings.streams.connections_per_5_minutes),
    )


def _pool(limits: PoolLimitSettings) -> PoolLimits:
    windows = (
        ("10S", 10_000, limits.orders_per_10_s),
        ("1M", MINUTE_MS, limits.orders_per_minute),
        ("1D", DAY_MS, limits.orders_per_day),
    )
    return PoolLimits(
        limits.weight_per_minute,
        limits.raw_requests_per_5_minutes,
        tuple(Window(name, length_ms, allowed) for name, length_ms, allowed in windows if allowed),
    )


def _socket_limits(settings: SimulatorSettings) -> tuple[SocketLimits, SocketLimits]:
    streams = settings.streams
    spot = SocketLimits(
        streams.spot_messages_per_s,
        streams.spot_streams_max,
        streams.outbox_max_messages,
        streams.heartbeat_s,
        streams.lifetime_s,
    )
    futures = SocketLimits(
        streams.futures_messages_per_s,
        streams.futures_streams_max,
        streams.outbox_max_messages,
        streams.heartbeat_s,
        streams.lifetime_s,
    )
    return spot, futures
