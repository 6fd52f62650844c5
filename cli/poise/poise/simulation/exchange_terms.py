"""The desk's words for what the matching core shows, and the core's words for what the desk asks."""

from decimal import Decimal

from poise_common.contracts.packages import OrderStyle
from poise_common.domain.clock import from_ms
from poise_common.domain.instruments import Instrument, Side
from poise_execution.domain import effects, results
from poise_simulator.domain import orders
from poise_simulator.domain.instruments import Market

ACCOUNT = "paper"
STAGE = "venue"

_TIMES_IN_FORCE = {
    OrderStyle.IOC: orders.TimeInForce.IOC,
    OrderStyle.POST_ONLY: orders.TimeInForce.POST_ONLY,
}


def market_of(instrument: Instrument) -> Market:
    return Market.FUTURES if instrument.is_derivative else Market.SPOT


def symbol_of(instrument: Instrument) -> str:
    pair = f"{instrument.base}{instrument.quote}"
    return pair if instrument.expires_at is None else f"{pair}_{instrument.expires_at:%y%m%d}"


def unified_symbol(market: Market, symbol: str) -> str:
    pair, _, date = symbol.partition("_")
    unified = f"{pair.removesuffix('USDT')}/USDT"
    if market is Market.SPOT:
        return unified
    return f"{unified}:USDT-{date}" if date else f"{unified}:USDT"


def request_of(effect: effects.SubmitOrder) -> orders.OrderRequest:
    """Return an order as the matching core takes it."""
    return orders.OrderRequest(
        market=market_of(effect.instrument),
        symbol=symbol_of(effect.instrument),
        side=orders.Side(effect.side.value),
        type=orders.OrderType.LIMIT,
        time_in_force=_TIMES_IN_FORCE[effect.style],
        quantity=effect.quantity,
        price=effect.limit_price,
        client_order_id=effect.client_order_id,
        reduce_only=effect.reduce_only,
    )


def seen(order: orders.Order) -> results.OrderSeen:
    return results.OrderSeen(
        order_id=str(order.order_id),
        filled_quantity=order.executed_quantity,
        is_terminal=not order.status.is_open,
    )


def own_trade(fill: orders.Fill) -> results.VenueTrade:
    return results.VenueTrade(
        trade_id=str(fill.trade_id),
        quantity=fill.quantity,
        price=fill.price,
        fee=fill.commission,
        fee_currency=fill.commission_asset,
        traded_at=from_ms(fill.time_ms),
    )


def account_trade(fill: orders.Fill) -> results.AccountTrade:
    return results.AccountTrade(
        **dict(own_trade(fill)),
        symbol=unified_symbol(fill.market, fill.symbol),
        order_id=str(fill.order_id),
        side=Side(fill.side.value),
    )


def open_order(order: orders.Order) -> results.OpenOrder:
    return results.OpenOrder(
        order_id=str(order.order_id),
        client_order_id=order.client_order_id,
        symbol=unified_symbol(order.market, order.symbol),
        side=Side(order.side.value),
        open_quantity=max(order.remaining_quantity, Decimal(0)),
        filled_quantity=order.executed_quantity,
    )
