"""One ccxt.pro exchange, made the way the desk wants it."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from redis.asyncio import Redis

from poise_common.domain.clock import Clock
from poise_venues import ccxt_modules
from poise_venues.binance.dialect import BinanceDialect
from poise_venues.dialects import Dialect
from poise_venues.errors import SessionClosed, UnsupportedVenue, VenueUnreachable
from poise_venues.exchange_mixins import BudgetedRequests
from poise_venues.parameters import VenueConfig
from poise_venues.rate_limits import SharedRateLimiter

_DIALECTS: dict[str, type[Dialect]] = {"binance": BinanceDialect}


class Session:
    """A venue's exchange with its dialect; closed after use."""

    def __init__(self, venue: str, exchange: Any, dialect: Dialect) -> None:
        self.venue = venue
        self.exchange = exchange
        self.dialect = dialect
        self._errors = ccxt_modules.errors()
        self._is_closed = False

    async def connect(self) -> None:
        """Read the venue's markets; VenueUnreachable where that fails."""
        with self.reaching("reading markets"):
            await self.exchange.load_markets()

    async def reload_markets(self) -> None:
        """Read the markets again: listings, delistings and filters change."""
        with self.reaching("reading markets again"):
            await self.exchange.load_markets(True)

    async def close(self) -> None:
        """Close all connections; whatever is asked afterwards raises SessionClosed."""
        self._is_closed = self.exchange.is_closed = True
        await self.exchange.close()

    @contextmanager
    def reaching(self, doing: str) -> Iterator[None]:
        """Turn whatever ccxt, or an answer that is not what it should be, raises into VenueUnreachable."""
        if self._is_closed:
            raise SessionClosed(self.venue)
        try:
            yield
        except Exception as error:
            if self._is_closed:
                raise SessionClosed(self.venue) from error
            raise self._as_unreachable(doing, error) from error

    def _as_unreachable(self, doing: str, error: Exception) -> Exception:
        if isinstance(error, self._errors.BaseError):
            cause = f" ({error.__cause__!r})" if error.__cause__ is not None else ""
            return VenueUnreachable(self.venue, doing, f"{type(error).__name__}: {error}{cause}")
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
    exchange.number = number
    exchange.dialect = dialect
    exchange.now = now
    exchange.limiter = SharedRateLimiter(redis, _address_of(venue, config), config.rate_limits)
    if config.base_url is not None:
        exchange.urls["api"] = dialect.urls(str(config.base_url))
    _refuse_retries(exchange)
    return Session(venue, exchange, dialect)


def _address_of(venue: str, config: VenueConfig) -> str:
    return f"{config.ccxt_id}:{venue}"


def _refuse_retries(exchange: Any) -> None:
    # With retries ccxt would POST an order a second time when the first answer is lost.
    if int(exchange.options.get("maxRetriesOnFailure", 0)) != 0:
        raise AssertionError("maxRetriesOnFailure must be 0")
