"""What is laid over every ccxt exchange: shared budgets, a note of when a request left, markets as configured."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from poise_common.domain.clock import Clock, to_ms
from poise_venues import ccxt_modules
from poise_venues.dialects import MarketDialect
from poise_venues.market_overrides import override_markets
from poise_venues.parameters import MarketOverride
from poise_venues.rate_limits import Charge, Priority, SharedRateLimiter


@dataclass(slots=True)
class RequestNote:
    """A request that left this process, and what was answered."""

    sent_at: datetime
    method: str
    status: int | None = None
    body: str | None = None
    answer: Any = None
    """The body as JSON; None where it is none."""


_charges: ContextVar[tuple[Charge, ...]] = ContextVar("charges", default=())
"""Of the request that this task sends."""
_notes: ContextVar[list[RequestNote] | None] = ContextVar("requests", default=None)


_asked_as: ContextVar[Priority | None] = ContextVar("asked_as", default=None)


@contextmanager
def asked_as(priority: Priority) -> Iterator[None]:
    """Have what is asked inside, orders apart, draw on the budgets at this priority."""
    token = _asked_as.set(priority)
    try:
        yield
    finally:
        _asked_as.reset(token)


@contextmanager
def noting_requests() -> Iterator[list[RequestNote]]:
    """Collect the requests that are made inside, with their raw answers: ccxt's exceptions don't keep them."""
    notes: list[RequestNote] = []
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


class BudgetedRequests:
    """Have every REST request of a ccxt exchange pay from the shared budgets before it leaves."""

    dialect: MarketDialect
    limiter: SharedRateLimiter
    now: Clock
    is_closed = False
    """Set when the session is closed: ccxt would open a new connection for a request that still waited."""

    if TYPE_CHECKING:
        last_response_headers: dict[str, str] | None

    def milliseconds(self) -> int:
        return to_ms(self.now())

    def calculate_rate_limiter_cost(
        self, api: Any, method: str, path: str, params: dict[str, Any], config: Any = None
    ) -> tuple[Charge, ...]:
        cost: Callable[..., float] = super().calculate_rate_limiter_cost  # type: ignore[misc]  # ccxt's, laid under at run time
        charges = self.dialect.charges(str(api), method, path, params, cost(api, method, path, params, config or {}))
        priority = _asked_as.get()
        return charges if priority is None else tuple(charge.asked_as(priority) for charge in charges)

    async def throttle(self, cost: tuple[Charge, ...] = ()) -> None:
        _charges.set(cost)
        for charge in cost:
            await self.limiter.acquire(charge)

    async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        errors = ccxt_modules.errors()
        if self.is_closed:
            raise errors.ExchangeClosedByUser(url)
        notes = _notes.get()
        if notes is not None:
            notes.append(RequestNote(self.now(), method))
        try:
            return await super().fetch(url, method, headers, body)  # type: ignore[misc]  # ccxt's, laid under at run time
        except (errors.DDoSProtection, errors.RateLimitExceeded):
            retry_after = (self.last_response_headers or {}).get("Retry-After")
            seconds = float(retry_after) if retry_after else self.dialect.refusal_lasts_s
            await self.limiter.block(self.dialect.refused_bucket(url, _charges.get()), seconds)
            raise

    def handle_errors(self, code: int, *answer: Any) -> Any:
        notes = _notes.get()
        if notes:
            _reason, _url, _method, _headers, body, read = answer[:6]
            notes[-1].status, notes[-1].body, notes[-1].answer = code, body, read
        handle: Callable[..., Any] = super().handle_errors  # type: ignore[misc]  # ccxt's, laid under at run time
        return handle(code, *answer)

    def handle_message(self, client: Any, message: Any) -> None:
        try:
            super().handle_message(client, message)  # type: ignore[misc]  # ccxt's, laid under at run time
        except Exception as error:  # noqa: BLE001  # raised here it would end the reading, and leave the connection open
            client.on_error(ccxt_modules.errors().NetworkError(f"unreadable message: {error!r}"))


class ConfiguredMarkets:
    """Have markets be as configured wherever they are read, and be read again without holding anybody up."""

    venue: str
    market_overrides: Mapping[str, MarketOverride]

    if TYPE_CHECKING:
        markets: dict[str, Any] | None

    async def load_markets(self, reload: bool = False, params: Any = None) -> Any:
        # ccxt has every call wait while markets are read again, feeds and orders among them; and that reading waits for
        # its turn in the budget, at times for half a minute.
        if self.markets and not reload:
            return self.markets
        return await super().load_markets(reload, params or {})  # type: ignore[misc]  # ccxt's, laid under at run time

    async def fetch_markets(self, params: Any = None) -> Any:
        markets = await super().fetch_markets(params or {})  # type: ignore[misc]  # ccxt's, laid under at run time
        override_markets(self.venue, {market["symbol"]: market for market in markets}, self.market_overrides)
        return markets
