"""The exchange as its protocol, the simulation and the back-test use it."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from operator import attrgetter

from poise_simulator.domain.account_settings import change_leverage, move_funds
from poise_simulator.domain.accounts import Account
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.events import Event
from poise_simulator.domain.income import Income
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.market_data import MarketData
from poise_simulator.domain.orders import Fill, Order, OrderRequest, OrderResult
from poise_simulator.domain.pages import page
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.venue import Venue
from poise_simulator.domain.views import (
    AccountView,
    LedgerCount,
    SpotBalance,
)


class Exchange(MarketData):
    """One venue on a virtual clock: books, accounts, funding and liquidation, with no I/O.

    The same seed and the same calls at the same times give the same events, however `advance` is sliced.
    Every call that asks for something wrong raises `Rejected` and changes nothing.
    """

    def __init__(self, config: ExchangeConfig, *, seed: int, start_ms: int) -> None:
        """Build books, accounts and the synthetic market as they stand at `start_ms`."""
        super().__init__(Venue(config, seed=seed, start_ms=start_ms))
        self._transfer_ids = count(1)

    def advance(self, now_ms: int) -> None:
        """Run the synthetic market, funding and liquidation up to `now_ms`; earlier times do nothing."""
        self._venue.run_until(now_ms)

    def drain_events(self) -> list[Event]:
        """Take what happened since the last drain, in order."""
        events = self._venue.events[:]
        self._venue.events.clear()
        return events

    def account(self, account_id: str) -> AccountView:
        """Show balances, positions and margins."""
        account = self._account(account_id)
        spot = {
            asset: SpotBalance(asset, account.spot.free(asset), account.spot.locked(asset))
            for asset in account.spot.assets()
        }
        return AccountView(account_id, self.now_ms, spot, self._venue.margin.view(account))

    def submit(self, account_id: str, request: OrderRequest) -> OrderResult:
        """Take an order: match it, rest what may rest. Raises `Rejected`."""
        account = self._account(account_id)
        try:
            return self._venue.desk.submit(account, request, self.now_ms)
        except Rejected:
            account.archive.count_rejected(request.client_order_id)
            raise

    def check(self, account_id: str, request: OrderRequest) -> None:
        """Apply the checks of `submit` and change nothing. Raises `Rejected`."""
        self._venue.desk.check(self._account(account_id), request)

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
        account = self._account(account_id)
        self._listing(market, symbol)
        order = account.archive.find_open(market, symbol, order_id, client_order_id)
        return self._venue.desk.cancel(account, order, self.now_ms)

    def cancel_all(self, account_id: str, market: Market, symbol: str) -> list[Order]:
        """Cancel all open orders of a symbol, oldest first."""
        account = self._account(account_id)
        self._listing(market, symbol)
        orders = account.archive.open_in(market, symbol)
        return [self._venue.desk.cancel(account, order, self.now_ms) for order in orders]

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
        self._listing(market, symbol)
        return self._account(account_id).archive.find(market, symbol, order_id, client_order_id).view()

    def open_orders(self, account_id: str, market: Market, symbol: str | None = None) -> list[Order]:
        """Show open orders, oldest first."""
        if symbol is not None:
            self._listing(market, symbol)
        return [order.view() for order in self._account(account_id).archive.open_in(market, symbol)]

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
        self._listing(market, symbol)
        orders = [
            order.view()
            for order in self._account(account_id).archive.in_market(market, symbol)
            if from_order_id is None or order.order_id >= from_order_id
        ]
        return page(
            orders,
            time_of=attrgetter("created_ms"),
            start_ms=start_ms,
            end_ms=end_ms,
            limit=limit,
            is_from_start=from_order_id is not None,
        )

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
        fills = [
            fill
            for fill in self._account(account_id).archive.fills
            if fill.market is market
            and symbol in {None, fill.symbol}
            and order_id in {None, fill.order_id}
            and (from_id is None or fill.trade_id >= from_id)
        ]
        return page(
            fills,
            time_of=attrgetter("time_ms"),
            start_ms=start_ms,
            end_ms=end_ms,
            limit=limit,
            is_from_start=from_id is not None,
        )

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
        records = [record for record in self._account(account_id).futures.records if symbol in {None, record.symbol}]
        return page(records, time_of=attrgetter("time_ms"), start_ms=start_ms, end_ms=end_ms, limit=limit)

    def transfer(self, account_id: str, asset: str, amount: Decimal, source: Market, target: Market) -> int:
        """Move funds between an account's wallets; returns the transfer's id."""
        move_funds(self._venue, self._account(account_id), asset, amount, source=source, target=target)
        return next(self._transfer_ids)

    def set_leverage(self, account_id: str, symbol: str, leverage: int) -> int:
        """Set a symbol's leverage; returns it. Raises `Rejected(MAX_LEVERAGE)`."""
        account = self._account(account_id)
        change_leverage(self._venue, account, self._listing(Market.FUTURES, symbol), leverage)
        return leverage

    def leverage(self, account_id: str, symbol: str) -> int:
        """Show a symbol's leverage."""
        self._listing(Market.FUTURES, symbol)
        return self._venue.margin.leverage(self._account(account_id), symbol)

    def set_margin_type(self, account_id: str, symbol: str, *, is_cross: bool) -> None:
        """Accept cross margin; refuse isolated with `Rejected(UNSUPPORTED_MARGIN_TYPE)`."""
        self._account(account_id)
        self._listing(Market.FUTURES, symbol)
        if not is_cross:
            raise Rejected(RejectReason.UNSUPPORTED_MARGIN_TYPE, "cross margin only")

    def set_position_mode(self, account_id: str, *, is_hedged: bool) -> None:
        """Accept one-way mode; refuse hedge mode with `Rejected(UNSUPPORTED_POSITION_MODE)`."""
        self._account(account_id)
        if is_hedged:
            raise Rejected(RejectReason.UNSUPPORTED_POSITION_MODE, "one-way mode only")

    def ledger_count(self, account_id: str) -> LedgerCount:
        """Count what the venue has seen of an account, for checkers."""
        return self._account(account_id).archive.count()

    def account_ids(self) -> Sequence[str]:
        """List the accounts."""
        return list(self._venue.accounts)

    def _account(self, account_id: str) -> Account:
        account = self._venue.accounts.get(account_id)
        if account is None:
            raise Rejected(RejectReason.UNKNOWN_ACCOUNT, account_id)
        return account
