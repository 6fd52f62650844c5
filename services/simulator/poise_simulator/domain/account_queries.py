"""What an account may ask of the exchange: balances, orders, fills, income."""

from collections.abc import Sequence
from operator import attrgetter

from poise_simulator.domain.accounts import Account
from poise_simulator.domain.income import Income
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.market_data import MarketData
from poise_simulator.domain.orders import Fill, Order
from poise_simulator.domain.pages import page
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.views import AccountView, LedgerCount, SpotBalance
from poise_simulator.domain.wallets import SpotTransfer


class AccountQueries(MarketData):
    """The private half of an exchange, read. What is not there raises `Rejected`."""

    def account(self, account_id: str) -> AccountView:
        """Show balances, positions and margins."""
        account = self._account(account_id)
        spot = {
            asset: SpotBalance(asset, account.spot.free(asset), account.spot.locked(asset))
            for asset in account.spot.assets()
        }
        return AccountView(account_id, self.now_ms, spot, self._venue.margin.view(account))

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
        symbol: str | None = None,
        *,
        from_order_id: int | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 500,
    ) -> list[Order]:
        """Show orders of any state, oldest first."""
        if symbol is not None:
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
        archive = self._account(account_id).archive
        fills = [
            fill
            for fill in (archive.fills if order_id is None else archive.fills_of(order_id))
            if fill.market is market and symbol in {None, fill.symbol} and (from_id is None or fill.trade_id >= from_id)
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

    def spot_transfers(self, account_id: str) -> list[SpotTransfer]:
        """Show what came into the spot wallet, or left it, other than by trades and positions, oldest first."""
        return list(self._account(account_id).spot.transfers)

    def leverage(self, account_id: str, symbol: str) -> int:
        """Show a symbol's leverage."""
        self._listing(Market.FUTURES, symbol)
        return self._venue.margin.leverage(self._account(account_id), symbol)

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
