"""Reads accounts at a venue, in execution's own terms; VenueError where it does not answer."""

from poise_common.contracts.execution import VenueBalance, VenuePosition
from poise_common.domain.instruments import Instrument
from poise_execution.domain import effects, results
from poise_venues import outcomes
from poise_venues.errors import VenueUnreachable
from poise_venues.trading import TradingSession


async def read_figures(
    session: TradingSession, effect: effects.ReadAccount
) -> tuple[tuple[results.FundingIncome, ...], results.AccountFigures | None]:
    """Read balances and positions, then the incomes; no figures where something was paid that was not known before."""
    known = effect.known_incomes
    if known is None:
        known = frozenset(income.income_id for income in await session.incomes(effect.incomes_since))
    account = await session.account()
    incomes = await session.incomes(effect.incomes_since)
    is_bracketed = all(income.income_id in known for income in incomes)
    return tuple(map(_income, incomes)), _figures(account) if is_bracketed else None


async def read_open_orders(session: TradingSession) -> tuple[results.OpenOrder, ...]:
    """Read all orders of the account that can still fill."""
    return tuple(
        results.OpenOrder(
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            open_quantity=order.quantity - order.filled_quantity,
            filled_quantity=order.filled_quantity,
        )
        for order in await session.open_orders_everywhere()
    )


async def read_account_trades(
    session: TradingSession, effect: effects.FetchAccountTrades
) -> tuple[tuple[results.AccountTrade, ...], tuple[results.AccountOrder, ...]]:
    """Read the account's trades, and what it shows of the orders that are not known; whose is not found stays out."""
    trades: list[results.AccountTrade] = []
    orders: list[results.AccountOrder] = []
    for instrument in effect.instruments:
        found = await session.trades_since(instrument, effect.since)
        trades += map(_account_trade, found)
        unknown = {trade.order_id for trade in found if (trade.symbol, trade.order_id) not in effect.known_orders}
        orders += [order for order_id in sorted(unknown) if (order := await _order(session, instrument, order_id))]
    return tuple(trades), tuple(orders)


def own_trade(trade: outcomes.VenueTrade) -> results.VenueTrade:
    """Return a trade of an order of ours."""
    return results.VenueTrade(
        trade_id=trade.trade_id,
        quantity=trade.quantity,
        price=trade.price,
        fee=trade.fee,
        fee_currency=trade.fee_currency,
        traded_at=trade.time,
    )


async def _order(session: TradingSession, instrument: Instrument, order_id: str) -> results.AccountOrder | None:
    found = await session.find_order_by_id(instrument, order_id)
    if isinstance(found, outcomes.Unknown):
        raise VenueUnreachable(session.venue, "asking whose an order is", found.reason)
    if not isinstance(found, outcomes.FoundOrder):
        return None
    seen = results.OrderSeen(order_id=found.order_id, filled_quantity=found.filled_quantity, is_terminal=found.terminal)
    return results.AccountOrder(symbol=found.symbol, client_order_id=found.client_order_id, seen=seen)


def _account_trade(trade: outcomes.VenueTrade) -> results.AccountTrade:
    return results.AccountTrade(**dict(own_trade(trade)), symbol=trade.symbol, order_id=trade.order_id, side=trade.side)


def _income(income: outcomes.Income) -> results.FundingIncome:
    return results.FundingIncome(
        income_id=income.income_id,
        symbol=income.symbol,
        amount=income.amount,
        currency=income.currency,
        paid_at=income.time,
        settlement_price=income.price if income.kind is outcomes.IncomeKind.SETTLEMENT else None,
    )


def _figures(account: outcomes.Account) -> results.AccountFigures:
    return results.AccountFigures(
        balances=tuple(
            VenueBalance(wallet=balance.wallet, currency=balance.currency, total=balance.total)
            for balance in account.balances
        ),
        positions=tuple(
            VenuePosition(
                symbol=position.symbol,
                quantity=position.quantity,
                entry_price=position.entry_price,
                mark_price=position.mark_price,
                unrealised_pnl_usd=position.unrealised_pnl_usd,
                liquidation_price=position.liquidation_price,
            )
            for position in account.positions
        ),
        margin_balance_usd=account.margin_balance_usd,
        initial_margin_usd=account.initial_margin_usd,
        maintenance_margin_usd=account.maintenance_margin_usd,
    )
