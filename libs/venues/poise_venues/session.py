"""One ccxt.pro exchange, made the way the desk wants it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from redis.asyncio import Redis

from poise_common.domain.clock import Clock, to_ms
from poise_venues import ccxt_modules
from poise_venues.dialects import MarketDialect
from poise_venues.errors import BudgetExhausted, SessionClosed, VenueUnreachable
from poise_venues.exchange_mixins import BudgetedRequests, ConfiguredMarkets, noting_requests
from poise_venues.metrics import VENUE_CLOCK_OFFSET, show_headroom
from poise_venues.parameters import VenueConfig
from poise_venues.rate_limits import SharedRateLimiter
from poise_venues.supported_venues import check_venue, exchange_class, market_dialect

_CLOCK_READINGS = 3


class Session:
    """A venue's exchange with its dialect; closed after use."""

    def __init__(self, venue: str, exchange: Any, dialect: MarketDialect, parameters: VenueConfig) -> None:
        self.venue = venue
        self.parameters = parameters
        self.exchange = exchange
        self.dialect = dialect
        self._errors = ccxt_modules.errors()
        self._closing = asyncio.Event()
        self._clock_offset_ms = 0

    @property
    def is_closed(self) -> bool:
        return self._closing.is_set()

    async def wait_closed(self) -> None:
        """Wait until this process closes the session."""
        await self._closing.wait()

    async def connect(self) -> None:
        """Read the venue's markets; raises VenueUnreachable, or UnknownInstrument for an override of none."""
        with self.reaching("reading markets"):
            await self.exchange.load_markets()

    async def reload_markets(self) -> None:
        """Read the markets again: listings, delistings and filters change. Nobody waits for it but who asks."""
        with self.reaching("reading markets again"):
            await self.exchange.load_markets(True)

    def knows(self, symbol: str) -> bool:
        """Tell whether a market was there when the markets were last read."""
        return symbol in (self.exchange.markets or {})

    async def read_clock_offset_ms(self) -> int:
        """Measure the venue's clock less ours, and have later requests carry the venue's time.

        Of three readings the one with the shortest round trip counts, by the middle of its request. Raises
        VenueUnreachable.
        """
        readings: list[tuple[float, float]] = []
        with self.reaching("reading the venue's clock"):
            for _ in range(_CLOCK_READINGS):
                with noting_requests() as notes:
                    venue_ms = int(await self.exchange.fetch_time())
                answered_at = self.exchange.now()
                round_trip = answered_at - notes[-1].sent_at
                middle_ms = to_ms(notes[-1].sent_at + round_trip / 2)
                readings.append((round_trip.total_seconds(), venue_ms - middle_ms))
        self._clock_offset_ms = round(min(readings)[1])
        self.exchange.options["timeDifference"] = -self._clock_offset_ms
        VENUE_CLOCK_OFFSET.labels(self.venue).set(self._clock_offset_ms / 1000)
        return self._clock_offset_ms

    def venue_ms(self, time: datetime) -> int:
        """Return a time of our clock as the venue's clock has it, in Unix milliseconds."""
        return to_ms(time) + self._clock_offset_ms

    async def close(self) -> None:
        """Close all connections; whatever is asked afterwards raises SessionClosed."""
        self._closing.set()
        self.exchange.is_closed = True
        await self.exchange.close()

    @contextmanager
    def reaching(self, doing: str) -> Iterator[None]:
        """Turn whatever ccxt, or an answer that is not what it should be, raises into VenueUnreachable."""
        if self.is_closed:
            raise SessionClosed(self.venue)
        try:
            yield
        except Exception as error:
            if self.is_closed:
                raise SessionClosed(self.venue) from error
            unreachable = self._as_unreachable(doing, error)
            if unreachable is error:
                raise
            raise unreachable from error

    def _as_unreachable(self, doing: str, error: Exception) -> Exception:
        if isinstance(error, self._errors.BaseError):
            cause = f" ({error.__cause__!r})" if error.__cause__ is not None else ""
            return VenueUnreachable(self.venue, doing, f"{type(error).__name__}: {error}{cause}")
        if isinstance(error, BudgetExhausted):
            return VenueUnreachable(self.venue, doing, str(error))
        if isinstance(error, OSError):
            return VenueUnreachable(self.venue, doing, repr(error))
        if isinstance(error, LookupError | TypeError | ValueError | ArithmeticError | AttributeError):
            return VenueUnreachable(self.venue, doing, f"unreadable answer: {error!r}")
        return error


def open_session(
    venue: str,
    config: VenueConfig,
    *,
    redis: Redis,
    now: Clock,
    number: type[float] | type[Decimal] = float,
    dialect: MarketDialect | None = None,
) -> Session:
    """Make a session without touching the network; `number` is what ccxt's unified answers hold.

    Raises VenueRefused for a configuration that can not work.
    """
    check_venue(venue, config)
    dialect = dialect or market_dialect(venue, config)
    bases = (BudgetedRequests, ConfiguredMarkets, dialect.exchange_mixin(), exchange_class(venue, config))
    credentials = config.credentials()
    exchange = type(config.ccxt_id, bases, {})(
        {
            "enableRateLimit": True,
            "timeout": config.request_timeout_ms,
            "options": {**dialect.options(), "recvWindow": config.receive_window_ms, **config.options},
            **(credentials.for_ccxt() if credentials else {}),
        }
    )
    exchange.streaming = {**exchange.streaming, "keepAlive": round(config.stream_ping_s * 1000)}
    exchange.number = number
    exchange.dialect = dialect
    exchange.venue = venue
    exchange.market_overrides = config.markets
    exchange.now = now
    exchange.limiter = SharedRateLimiter(redis, _address_of(venue, config), config.rate_limits)
    show_headroom(venue, exchange.limiter)
    if config.base_url is not None:
        exchange.urls["api"] = dialect.urls(str(config.base_url))
    exchange.urls["api"] = exchange.deep_extend(exchange.urls["api"], config.urls)
    _refuse_retries(exchange)
    return Session(venue, exchange, dialect, config)


def _address_of(venue: str, config: VenueConfig) -> str:
    return f"{config.ccxt_id}:{venue}"


def _refuse_retries(exchange: Any) -> None:
    # With retries ccxt would POST an order a second time when the first answer is lost.
    if int(exchange.options.get("maxRetriesOnFailure", 0)) != 0:
        raise AssertionError("maxRetriesOnFailure must be 0")
