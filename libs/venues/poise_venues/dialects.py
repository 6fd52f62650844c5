"""What a venue's own wording means; one dialect a venue, the only place that knows wire words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from poise_common.domain.instruments import Instrument
from poise_venues.channels import Channel
from poise_venues.hints import AccountHint
from poise_venues.outcomes import Account, FoundOrder, Income, Taken, VenueTrade
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
    is_bound_to_addresses: bool | None = None
    """Taken from the addresses alone that the account's owner has named; None where the venue does not say."""


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


class MarketDialect(Protocol):
    """What differs between venues in reading markets, and ccxt's unified methods do not say (exactly enough)."""

    def exchange_mixin(self) -> type:
        """Return the class that is laid over ccxt's own, for what has to be changed in it."""
        ...

    def options(self) -> dict[str, Any]:
        """Return the `options` the exchange is constructed with."""
        ...

    def urls(self, base_url: str) -> dict[str, Any]:
        """Return the `urls['api']` of the venue's paths served at another address."""
        ...

    def budgets(self) -> frozenset[str]:
        """Return the names of the budgets that its charges draw on: the configuration has to give their limits."""
        ...

    def charges(self, api: str, method: str, path: str, params: Mapping[str, Any], cost: float) -> tuple[Charge, ...]:
        """Return what a request takes from which budgets; `cost` is ccxt's own figure."""
        ...

    def refused_bucket(self, url: str, charges: tuple[Charge, ...]) -> str:
        """Return the bucket that a refusal of a request for its frequency means."""
        ...

    @property
    def refusal_lasts_s(self) -> float:
        """How long nothing is asked of a budget after a refusal that names no time itself."""
        ...

    def subscriptions(self, channel: Channel, symbol: str) -> frozenset[str]:
        """Return the names under which ccxt keeps what is subscribed to for a symbol's channel."""
        ...

    async def fees(self, exchange: Any, symbols: tuple[str, ...]) -> dict[str, Fees]:
        """Return the account's own fees by symbol, for those that could be read."""
        ...

    async def margin_terms(self, exchange: Any, symbols: tuple[str, ...]) -> dict[str, MarginTerms]:
        """Return the margin terms of at least those of the symbols that are derivatives, by symbol."""
        ...

    async def funding_intervals_s(self, exchange: Any) -> dict[str, int]:
        """Return the funding interval of every perpetual, by symbol, as it is now."""
        ...

    async def running_fundings(self, exchange: Any) -> dict[str, RunningFunding]:
        """Return the running funding of every perpetual over REST, by symbol."""
        ...

    async def watch_fundings(self, exchange: Any, symbols: Sequence[str]) -> None:
        """Ask for the running funding of many perpetuals at once; returns when the first of them speaks."""
        ...

    async def unwatch_fundings(self, exchange: Any, symbols: Sequence[str]) -> None:
        """Stop what `watch_fundings` asked for."""
        ...

    async def next_funding(self, exchange: Any, symbol: str) -> RunningFunding:
        """Return a perpetual's running funding after its next change."""
        ...


class Dialect(MarketDialect, Protocol):
    """What has to be known of a venue beyond that to trade there."""

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

    def intent_fence(self, intended_ms: int, window_ms: int) -> dict[str, Any]:
        """Return the parameters by which the venue itself refuses an order that arrives too long after its intent.

        `intended_ms` is the intent's time by the venue's clock, `window_ms` how much later the order may arrive. A
        venue without such a field returns none, and says in its dialect what it has instead.
        """
        ...

    def read_taken(self, exchange: Any, answer: Any, *, is_contract: bool) -> FoundOrder | Taken:
        """Read the answer to a request that placed or cancelled an order; errors as of `read_order`."""
        ...

    def record(self, answer: Any) -> Any:
        """Return the one order that an answer is about, for `read_order`; errors as there."""
        ...

    def read_order(self, exchange: Any, raw: Any, *, is_contract: bool) -> FoundOrder:
        """Read the venue's own order whole; an error of the kind `Session.reaching` turns where anything is missing."""
        ...

    def read_trade(self, exchange: Any, raw: Any, *, is_contract: bool) -> VenueTrade:
        """Read a fill of the account as strictly as an order."""
        ...

    async def orders_since(self, exchange: Any, symbol: str, since_ms: int) -> list[Any]:
        """Return all orders of a market since a time of the venue's clock, whatever became of them, raw."""
        ...

    async def trades_of_order(self, exchange: Any, symbol: str, order_id: str) -> list[Any]:
        """Return the account's fills of one order, raw, all pages."""
        ...

    async def trades_between(self, exchange: Any, symbol: str, start_ms: int, end_ms: int) -> list[Any]:
        """Return the account's fills of a market within at most a day of the venue's clock, raw, all pages."""
        ...

    async def open_orders(self, exchange: Any) -> list[FoundOrder]:
        """Return all orders of the account that can still fill, of all its markets."""
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

    async def account(self, exchange: Any, as_of: datetime) -> Account: ...

    async def incomes(self, exchange: Any, since: datetime) -> tuple[Income, ...]:
        """Return the funding payments and settlements since a time, oldest first, all pages."""
        ...

    async def use_one_way_mode(self, exchange: Any) -> None:
        """Set one-way mode on the account; already so is fine."""
        ...

    async def use_leverage(self, exchange: Any, symbol: str, leverage: int) -> None:
        """Set cross margin and the leverage of a derivative; already so is fine."""
        ...
