"""Reads an account of the matching core, as execution's adapter reads one at a venue."""

from datetime import datetime

from poise.simulation.exchange_terms import (
    ACCOUNT,
    STAGE,
    account_trade,
    market_of,
    open_order,
    seen,
    symbol_of,
    unified_symbol,
)
from poise_common.contracts.execution import VenueBalance, VenuePosition
from poise_common.contracts.message import Message
from poise_common.domain.clock import from_ms, to_ms
from poise_common.domain.ids import NewId
from poise_execution.domain import effects, results
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.income import IncomeType
from poise_simulator.domain.instruments import Market

_ALL = 1_000_000


class ExchangeAccounts:
    """Answer what execution asks of the account as a whole."""

    def __init__(self, exchange: Exchange, venue: str, new_id: NewId) -> None:
        self._exchange = exchange
        self._venue = venue
        self._new_id = new_id

    def read(self, effect: effects.ReadAccount, at: datetime) -> Message:
        """Read open orders, incomes and figures at one moment."""
        prices = {delivered.symbol: delivered.price for delivered in self._exchange.deliveries()}
        incomes = tuple(
            results.FundingIncome(
                income_id=str(income.income_id),
                symbol=unified_symbol(Market.FUTURES, income.symbol),
                amount=income.amount,
                currency=income.asset,
                paid_at=from_ms(income.time_ms),
                settlement_price=prices[income.symbol] if income.type is IncomeType.DELIVERY else None,
            )
            for income in self._exchange.income(ACCOUNT, start_ms=to_ms(effect.incomes_since), limit=_ALL)
            if income.type in {IncomeType.FUNDING_FEE, IncomeType.DELIVERY}
        )
        return results.AccountRead.first(
            self._new_id(at),
            STAGE,
            at,
            venue=self._venue,
            activity=effect.activity,
            incomes=incomes,
            figures=self._figures(),
            open_orders=tuple(
                open_order(order) for market in Market for order in self._exchange.open_orders(ACCOUNT, market)
            ),
            clock_offset_ms=0,
            as_of=at,
        )

    def trades(self, effect: effects.FetchAccountTrades, at: datetime) -> Message:
        """Read the trades of some instruments, and the orders they are of."""
        fills = [
            fill
            for instrument in effect.instruments
            for fill in self._exchange.trades(
                ACCOUNT, market_of(instrument), symbol_of(instrument), start_ms=to_ms(effect.since), limit=_ALL
            )
        ]
        unknown = {
            (fill.market, fill.symbol, fill.order_id)
            for fill in fills
            if (unified_symbol(fill.market, fill.symbol), str(fill.order_id)) not in effect.known_orders
        }
        found = [
            self._exchange.order(ACCOUNT, market, symbol, order_id=order_id)
            for market, symbol, order_id in sorted(unknown)
        ]
        return results.AccountTradesFetched.first(
            self._new_id(at),
            STAGE,
            at,
            venue=self._venue,
            asked_at=at,
            trades=tuple(map(account_trade, fills)),
            orders=tuple(
                results.AccountOrder(
                    symbol=unified_symbol(order.market, order.symbol),
                    client_order_id=order.client_order_id,
                    seen=seen(order),
                )
                for order in found
            ),
        )

    def _figures(self) -> results.AccountFigures:
        view = self._exchange.account(ACCOUNT)
        futures = view.futures
        return results.AccountFigures(
            balances=(
                *(
                    VenueBalance(wallet="spot", currency=asset, total=balance.free + balance.locked)
                    for asset, balance in view.spot.items()
                ),
                VenueBalance(wallet="futures", currency=futures.asset, total=futures.wallet_balance),
            ),
            positions=tuple(
                VenuePosition(
                    symbol=unified_symbol(Market.FUTURES, position.symbol),
                    quantity=position.quantity,
                    entry_price=position.entry_price,
                    mark_price=position.mark,
                    unrealised_pnl_usd=position.unrealised_pnl,
                    liquidation_price=position.liquidation_price or None,
                )
                for position in futures.positions.values()
                if position.quantity
            ),
            margin_balance_usd=futures.margin_balance,
            initial_margin_usd=futures.initial_margin,
            maintenance_margin_usd=futures.maintenance_margin,
        )
