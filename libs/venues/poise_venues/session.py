"""One ccxt.pro exchange, made the way the desk wants it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from redis.asyncio import Redis

from poise_common.domain.clock import Clock, to_ms
from poise_common.domain.instruments import Instrument
from poise_venues import ccxt_modules
from poise_venues.binance.dialect import BinanceDialect
from poise_venues.dialects import Dialect, Rejection
from poise_venues.errors import BudgetExhausted, SessionClosed, UnsupportedVenue, VenueUnreachable
from poise_venues.exchange_mixins import BudgetedRequests, RequestNote, noting_requests
from poise_venues.outcomes import FoundOrder, VenueTrade
from poise_venues.parameters import VenueConfig
from poise_venues.rate_limits import SharedRateLimiter

_DIALECTS: dict[str, type[Dialect]] = {"binance": BinanceDialect}
_CLOCK_READINGS = 3


class Session:
    """A venue's exchange with its dialect; closed after use."""

    def __init__(self, venue: str, exchange: Any, dialect: Dialect, parameters: VenueConfig) -> None:
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
        """Read the venue's markets; VenueUnreachable where that fails."""
        with self.reaching("reading markets"):
            await self.exchange.load_markets()

    async def reload_markets(self) -> None:
        """Read the markets again: listings, delistings and filters change."""
        with self.reaching("reading markets again"):
            await self.exchange.load_markets(True)

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
            raise self._as_unreachable(doing, error) from error

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


class SessionPart:
    """One concern of a venue account's session: what all of them work with."""

    def __init__(self, session: Session, now: Clock) -> None:
        self._session = session
        self._exchange = session.exchange
        self._dialect = session.dialect
        self._now = now

    def _read_order(self, instrument: Instrument, raw: Any) -> FoundOrder:
        order = self._dialect.read_order(self._exchange, raw, is_contract=instrument.is_derivative)
        if order.symbol != instrument.symbol or order.filled_quantity > order.quantity:
            raise ValueError(f"no order of {instrument.symbol} is: {order}")
        return order

    def _read_trade(self, instrument: Instrument, raw: Any) -> VenueTrade:
        trade = self._dialect.read_trade(self._exchange, raw, is_contract=instrument.is_derivative)
        if trade.symbol != instrument.symbol:
            raise ValueError(f"no trade of {instrument.symbol} is: {trade}")
        return trade

    def _rejection(self, notes: list[RequestNote]) -> Rejection | None:
        if not notes or notes[-1].status is None:
            return None
        return self._dialect.rejection(notes[-1].status, notes[-1].body or "")


def open_session(
    venue: str,
    config: VenueConfig,
    *,
    redis: Redis,
    now: Clock,
    number: type[float] | type[Decimal] = float,
) -> Session:
    """Make a session without touching the network; `number` is what ccxt's unified answers hold.

    Raises UnsupportedVenue for a ccxt id without a dialect.
    """
    if config.ccxt_id not in _DIALECTS:
        raise UnsupportedVenue(config.ccxt_id, tuple(_DIALECTS))
    dialect = _DIALECTS[config.ccxt_id]()
    base = ccxt_modules.exchange_class(config.ccxt_id)
    exchange_class = type(config.ccxt_id, (BudgetedRequests, dialect.exchange_mixin(), base), {})
    credentials = config.credentials()
    exchange = exchange_class(
        {
            "enableRateLimit": True,
            "timeout": config.request_timeout_ms,
            "options": {**dialect.options(), "recvWindow": config.receive_window_ms},
            **({"apiKey": credentials[0], "secret": credentials[1]} if credentials else {}),
        }
    )
    exchange.streaming = {**exchange.streaming, "keepAlive": round(config.stream_ping_s * 1000)}
    exchange.number = number
    exchange.dialect = dialect
    exchange.now = now
    exchange.limiter = SharedRateLimiter(redis, _address_of(venue, config), config.rate_limits)
    if config.base_url is not None:
        exchange.urls["api"] = dialect.urls(str(config.base_url))
    _refuse_retries(exchange)
    return Session(venue, exchange, dialect, config)


def _address_of(venue: str, config: VenueConfig) -> str:
    return f"{config.ccxt_id}:{venue}"


def _refuse_retries(exchange: Any) -> None:
    # With retries ccxt would POST an order a second time when the first answer is lost.
    if int(exchange.options.get("maxRetriesOnFailure", 0)) != 0:
        raise AssertionError("maxRetriesOnFailure must be 0")
