"""What a venue's own wording means; one dialect a venue, the only place that knows wire words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from poise_common.domain.instruments import Instrument
from poise_venues.hints import AccountHint
from poise_venues.outcomes import Account, FoundOrder, Income, VenueTrade
from poise_venues.rate_limits import Charge

RECEIVED_AT = "received_at"
"""Key that a dialect's exchange puts into an order book: when the frame that changed it last was read."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A venue's own error: its code and text."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPowers:
    """What an API key may do."""

    may_trade_spot: bool
    may_trade_derivatives: bool
    may_move_money_out: tuple[str, ...]
    """The ways in which it may, in words; empty is what the desk wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginTerms:
    """Of the first leverage bracket."""

    max_leverage: Decimal
    maintenance_margin_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningFunding:
    """The running funding interval of a perpetual; rates as fractions per interval."""

    symbol: str
    rate_per_interval: float
    predicted_next_rate_per_interval: float | None
    next_funding_at: datetime
    mark_price: float
    index_price: float


@dataclass(frozen=True, slots=True)
class Fees:
    taker: Decimal
    maker: Decimal


class Dialect(Protocol):
    """Everything that differs from venue to venue and that ccxt's unified methods do not say (exactly enough)."""

    def exchange_mixin(self) -> type:
        """Return the class that is laid over ccxt's own, for what has to be changed in it."""
        ...

    def options(self) -> dict[str, Any]:
        """Return the `options` the exchange is constructed with."""
        ...

    def urls(self, base_url: str) -> dict[str, Any]:
        """Return the `urls['api']` of the venue's paths served at another address."""
        ...

    def charges(self, api: str, method: str, path: str, params: Mapping[str, Any], cost: float) -> tuple[Charge, ...]:
        """Return what a request takes from which budgets; `cost` is ccxt's own figure."""
        ...

    def bucket_of_url(self, url: str) -> str:
        """Return the budget whose limit a refusal of this address means."""
        ...

    def rejection(self, status: int, body: str) -> Rejection | None:
        """Read the venue's own error out of an HTTP answer; None where it holds none."""
        ...

    def is_definite_refusal(self, rejection: Rejection, instrument: Instrument) -> bool:
        """Say whether a new order so refused surely does not exist and never will."""
        ...

    def is_order_not_found(self, rejection: Rejection) -> bool:
        """Say whether a question about one order was answered with: there is none."""
        ...

    def is_order_not_open(self, rejection: Rejection) -> bool:
        """Say whether a cancel was answered with: no such order is open."""
        ...

    def intent_fence(self, intended_ms: int) -> dict[str, Any]:
        """Return the parameters by which the venue itself refuses an order that arrives too long after its intent.

        `intended_ms` is the intent's time by the venue's clock. A venue without such a field returns none, and says in
        its dialect what it has instead.
        """
        ...

    def read_order(self, exchange: Any, raw: Any, *, is_contract: bool) -> FoundOrder:
        """Read the venue's own order whole; an error of the kind `Session.reaching` turns where anything is missing."""
        ...

    def read_trade(self, exchange: Any, raw: Any, *, is_contract: bool) -> VenueTrade:
        """Read a fill of the account as strictly as an order."""
        ...

    def order_markets(self) -> tuple[dict[str, Any], ...]:
        """Return ccxt's parameters of each market of the account that has an order list of its own."""
        ...

    def has_dead_mans_switch(self, instrument: Instrument) -> bool:
        """Say whether the venue can cancel all orders of an instrument by itself after a countdown."""
        ...

    async def arm_dead_mans_switch(self, exchange: Any, symbol: str, countdown_ms: int) -> None:
        """Start or renew the countdown of an instrument; 0 stops it."""
        ...

    def account_streams(self) -> tuple[str, ...]:
        """Return the names of the account's own event streams."""
        ...

    async def follow_account(
        self, exchange: Any, stream: str, heard: Callable[[AccountHint], None], *, renew_every_s: float
    ) -> None:
        """Listen to one of the account's streams until it breaks; RECONNECTED is heard when it is live.

        What the stream needs to be renewed is renewed every `renew_every_s`.
        """
        ...

    async def key_powers(self, exchange: Any) -> KeyPowers: ...

    async def fees(self, exchange: Any, symbols: tuple[str, ...]) -> dict[str, Fees]:
        """Return the account's own fees by symbol, for those that could be read."""
        ...

    async def margin_terms(self, exchange: Any) -> dict[str, MarginTerms]:
        """Return the margin terms of every derivative, by symbol."""
        ...

    async def funding_intervals_s(self, exchange: Any) -> dict[str, int]:
        """Return the funding interval of every perpetual, by symbol, as it is now."""
        ...

    async def running_fundings(self, exchange: Any) -> dict[str, RunningFunding]:
        """Return the running funding of every perpetual over REST, by symbol."""
        ...

    def running_funding_of_mark(self, ticker: Mapping[str, Any]) -> RunningFunding:
        """Read the running funding out of what ccxt's `watch_mark_price` returns."""
        ...

    async def account(self, exchange: Any, as_of: datetime) -> Account: ...

    async def funding_income(self, exchange: Any, since: datetime) -> tuple[Income, ...]:
        """Return the funding payments since a time, oldest first, all pages."""
        ...

    async def use_one_way_mode(self, exchange: Any) -> None:
        """Set one-way mode on the account; already so is fine."""
        ...

    async def use_cross_margin(self, exchange: Any, symbol: str) -> None:
        """Set cross margin on a symbol; already so is fine."""
        ...
