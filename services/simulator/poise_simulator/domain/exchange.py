"""The exchange as its protocol, the simulation and the back-test use it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.events import Event
from poise_simulator.domain.income import Income
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.orders import Fill, Order, OrderRequest, OrderResult
from poise_simulator.domain.views import (
    AccountView,
    BookView,
    FundingRate,
    Kline,
    LedgerCount,
    MarkPrice,
    Ticker,
    Trade,
)


class Exchange:
    """One venue on a virtual clock: books, accounts, funding and liquidation, with no I/O.

    The same seed and the same calls at the same times give the same events, however `advance` is sliced.
    Every call that asks for something wrong raises `Rejected` and changes nothing.
    """

    def __init__(self, config: ExchangeConfig, *, seed: int, start_ms: int) -> None:
        """Build books, accounts and the synthetic market as they stand at `start_ms`."""
        raise NotImplementedError

    @property
    def now_ms(self) -> int:
        """The virtual time, in epoch milliseconds."""
        raise NotImplementedError

    @property
    def instruments(self) -> Mapping[tuple[Market, str], Instrument]:
        """All books by market and symbol."""
        raise NotImplementedError

    def advance(self, now_ms: int) -> None:
        """Run the synthetic market, funding and liquidation up to `now_ms`; earlier times do nothing."""
        raise NotImplementedError

    def drain_events(self) -> list[Event]:
        """Take what happened since the last drain, in order."""
        raise NotImplementedError

    def book(self, market: Market, symbol: str, limit: int | None = None) -> BookView:
        """Show the best `limit` levels of each side (all by default)."""
        raise NotImplementedError

    def ticker_24h(self, market: Market, symbol: str) -> Ticker:
        """Show rolling 24 h statistics of one book."""
        raise NotImplementedError

    def tickers_24h(self, market: Market) -> list[Ticker]:
        """Show rolling 24 h statistics of all books of a market."""
        raise NotImplementedError

    def klines(
        self,
        market: Market,
        symbol: str,
        interval_ms: int,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 500,
    ) -> list[Kline]:
        """Show candles oldest first: the first `limit` from `start_ms`, else the last `limit`.

        `interval_ms` is a whole number of minutes.
        """
        raise NotImplementedError

    def recent_trades(self, market: Market, symbol: str, limit: int = 500) -> list[Trade]:
        """Show the last public trades, oldest first."""
        raise NotImplementedError

    def agg_trades(
        self,
        market: Market,
        symbol: str,
        *,
        from_id: int | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 500,
    ) -> list[Trade]:
        """Show public trades from an id or time on, oldest first; each trade is its own aggregate."""
        raise NotImplementedError

    def mark(self, symbol: str) -> MarkPrice:
        """Show a perpetual's mark, index and predicted funding."""
        raise NotImplementedError

    def funding_history(
        self, symbol: str, *, start_ms: int | None = None, end_ms: int | None = None, limit: int = 100
    ) -> list[FundingRate]:
        """Show settled rates oldest first: the first `limit` from `start_ms`, else the last `limit`."""
        raise NotImplementedError

    def account(self, account_id: str) -> AccountView:
        """Show balances, positions and margins."""
        raise NotImplementedError

    def submit(self, account_id: str, request: OrderRequest) -> OrderResult:
        """Take an order: match it, rest what may rest. Raises `Rejected`."""
        raise NotImplementedError

    def check(self, account_id: str, request: OrderRequest) -> None:
        """Apply the checks of `submit` and change nothing. Raises `Rejected`."""
        raise NotImplementedError

    def cancel(
        self,
        account_id: str,
        market: Market,
        symbol: str,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
    ) -> Order:
        """Cancel one open order. Raises `Rejected(UNKNOWN_ORDER)`."""
        raise NotImplementedError

    def cancel_all(self, account_id: str, market: Market, symbol: str) -> list[Order]:
        """Cancel all open orders of a symbol, oldest first."""
        raise NotImplementedError

    def order(
        self,
        account_id: str,
        market: Market,
        symbol: str,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
    ) -> Order:
        """Show one order; a client id finds its newest order. Raises `Rejected(UNKNOWN_ORDER)`."""
        raise NotImplementedError

    def open_orders(self, account_id: str, market: Market, symbol: str | None = None) -> list[Order]:
        """Show open orders, oldest first."""
        raise NotImplementedError

    def all_orders(
        self,
        account_id: str,
        market: Market,
        symbol: str,
        *,
        from_order_id: int | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 500,
    ) -> list[Order]:
        """Show orders of any state, oldest first."""
        raise NotImplementedError

    def trades(
        self,
        account_id: str,
        market: Market,
        symbol: str | None = None,
        *,
        order_id: int | None = None,
        from_id: int | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 500,
    ) -> list[Fill]:
        """Show an account's fills, oldest first: the first `limit` from an id or time, else the last."""
        raise NotImplementedError

    def income(
        self,
        account_id: str,
        *,
        symbol: str | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 100,
    ) -> list[Income]:
        """Show why the perpetuals wallet changed, oldest first."""
        raise NotImplementedError

    def transfer(self, account_id: str, asset: str, amount: Decimal, source: Market, target: Market) -> int:
        """Move funds between an account's wallets; returns the transfer's id."""
        raise NotImplementedError

    def set_leverage(self, account_id: str, symbol: str, leverage: int) -> int:
        """Set a symbol's leverage; returns it. Raises `Rejected(MAX_LEVERAGE)`."""
        raise NotImplementedError

    def leverage(self, account_id: str, symbol: str) -> int:
        """Show a symbol's leverage."""
        raise NotImplementedError

    def set_margin_type(self, account_id: str, symbol: str, *, is_cross: bool) -> None:
        """Accept cross margin; refuse isolated with `Rejected(UNSUPPORTED_MARGIN_TYPE)`."""
        raise NotImplementedError

    def set_position_mode(self, account_id: str, *, is_hedged: bool) -> None:
        """Accept one-way mode; refuse hedge mode with `Rejected(UNSUPPORTED_POSITION_MODE)`."""
        raise NotImplementedError

    def ledger_count(self, account_id: str) -> LedgerCount:
        """Count what the venue has seen of an account, for checkers."""
        raise NotImplementedError

    def account_ids(self) -> Sequence[str]:
        """List the accounts."""
        raise NotImplementedError
