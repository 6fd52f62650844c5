"""The venues of a simulated world, put together from its settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from poise_simulator.binance.face import BinanceFace, BinanceSocketLimits
from poise_simulator.binance.intervals import DAY_MS, MINUTE_MS
from poise_simulator.binance.listen_keys import ListenKeys
from poise_simulator.binance.rate_limits import BanPolicy, Pool, PoolLimits, RateLimits
from poise_simulator.binance.streams.open_sockets import SocketLimits
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.assets import CATALOGUE, AssetProfile
from poise_simulator.domain.config import AccountConfig, ExchangeConfig, FeeSchedule
from poise_simulator.domain.dated.terms import DatedTerms
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.places import Place
from poise_simulator.domain.regimes import DRIFTS, PROFILES
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.okx.face import OkxFace
from poise_simulator.okx.rate_limits import RateLimits as OkxRateLimits
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.face import Face
from poise_simulator.protocol.keys import ApiKey, KeyRing
from poise_simulator.protocol.windows import Window
from poise_simulator.settings import FIRST_VENUE, ApiKeySettings, PoolLimitSettings, SimulatorSettings

ClockMs = Callable[[], int]


def faces_of(settings: SimulatorSettings, clock_ms: ClockMs, start_ms: int) -> dict[str, Face]:
    """Build every venue of the world by its name, the first one first."""
    faces = {FIRST_VENUE: binance_venue(settings, clock_ms, start_ms)}
    if settings.okx.port is not None:
        faces[settings.okx.name] = okx_venue(settings, clock_ms, start_ms)
    return faces


def binance_venue(settings: SimulatorSettings, clock_ms: ClockMs, start_ms: int) -> Face:
    """Build the world's first venue, which speaks Binance's protocol."""
    venue = Venue(
        Exchange(_config(settings), seed=settings.seed, start_ms=start_ms),
        clock_ms=clock_ms,
        keys=_key_ring(settings.api_keys),
        limits=_rate_limits(settings),
        listen_keys=ListenKeys(settings.listen_key_validity_s * 1000, salt=str(settings.seed)),
    )
    return BinanceFace(venue, FaultPlan(settings.seed, settings.seeded_faults()), _socket_limits(settings))


def okx_venue(settings: SimulatorSettings, clock_ms: ClockMs, start_ms: int) -> Face:
    """Build the world's second venue, which speaks OKX's protocol; no seeded fault strikes it."""
    venue = OkxVenue(
        okx_exchange(settings, start_ms),
        clock_ms=clock_ms,
        keys=_key_ring(settings.okx.api_keys),
        limits=OkxRateLimits(times=settings.okx.limits_times),
    )
    return OkxFace(venue, FaultPlan(settings.seed))


def okx_exchange(settings: SimulatorSettings, start_ms: int) -> Exchange:
    """Build the exchange of the world's second venue: fewer assets, unified accounts, prices that stray."""
    okx = settings.okx
    assets = tuple(asset for asset in CATALOGUE if asset.base in okx.assets)
    config = replace(
        _config(settings),
        accounts=tuple(
            AccountConfig(account.account_id, {"USDT": account.usdt}, Decimal(0), is_unified=True)
            for account in okx.accounts
        ),
        assets=assets,
        dated=_dated_terms(settings, assets),
        cross_pairs=(),
        spot_fees=FeeSchedule(okx.spot_fees.taker, okx.spot_fees.maker),
        futures_fees=FeeSchedule(okx.derivatives_fees.taker, okx.derivatives_fees.maker),
        records_crossing_post_only=True,
        place=Place(okx.name, CATALOGUE, DRIFTS[settings.profile]),
    )
    return Exchange(config, seed=settings.seed, start_ms=start_ms)


def _config(settings: SimulatorSettings) -> ExchangeConfig:
    return ExchangeConfig(
        accounts=tuple(
            AccountConfig(account.account_id, {"USDT": account.spot_usdt}, account.futures_usdt)
            for account in settings.accounts
        ),
        regimes=PROFILES[settings.profile],
        funding_interval_s=settings.funding_interval_s,
        dated=_dated_terms(settings, CATALOGUE),
        cross_pairs=settings.cross_pairs,
    )


def _dated_terms(settings: SimulatorSettings, assets: Sequence[AssetProfile]) -> DatedTerms:
    """Say which dated futures a venue of some assets lists."""
    dated, listed = settings.dated, {asset.base for asset in assets}
    return DatedTerms(
        assets=tuple(base for base in dated.assets if base in listed),
        contracts=dated.contracts,
        first_expiry_s=dated.first_expiry_s,
        delivery_window_s=dated.delivery_window_s,
        shown_after_delivery_s=dated.shown_after_delivery_s,
    )


def _key_ring(keys: tuple[ApiKeySettings, ...]) -> KeyRing:
    return KeyRing(
        ApiKey(key.key, key.secret, key.account_id, key.may_trade, key.may_withdraw, key.passphrase) for key in keys
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


def _socket_limits(settings: SimulatorSettings) -> BinanceSocketLimits:
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
    return BinanceSocketLimits(spot, futures)
