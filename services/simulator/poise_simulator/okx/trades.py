"""Public trades."""

from __future__ import annotations

from decimal import Decimal

from poise_simulator.okx.endpoint import Call, Endpoint, Rows, public
from poise_simulator.okx.errors import wrong
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.wire import millis, number

_BY_TRADE_ID, _BY_TIME = "1", "2"


def trade_row(
    item: OkxInstrument, trade_id: int, price: Decimal, quantity: Decimal, time_ms: int, *, buyer_is_maker: bool
) -> dict[str, object]:
    """Write a public trade; the side is the taker's."""
    return {
        "instId": item.inst_id,
        "tradeId": str(trade_id),
        "px": number(price),
        "sz": item.size(quantity),
        "side": "sell" if buyer_is_maker else "buy",
        "ts": millis(time_ms),
        "source": "0",
    }


def recent(call: Call) -> Rows:
    """Answer `market/trades`: the last ones, newest first."""
    item, limit = call.instrument, call.parameters.limit(100, 500)
    found = call.venue.exchange.recent_trades(item.listed.market, item.listed.symbol, limit)
    return [
        trade_row(item, t.trade_id, t.price, t.quantity, t.time_ms, buyer_is_maker=t.buyer_is_maker)
        for t in reversed(found)
    ]


def history(call: Call) -> Rows:
    """Answer `market/history-trades`: newest first, before and after an id or a time."""
    item, parameters = call.instrument, call.parameters
    by = parameters.choice("type", {_BY_TRADE_ID, _BY_TIME}, default=_BY_TRADE_ID)
    after, before = parameters.optional_integer("after"), parameters.optional_integer("before")
    if by == _BY_TIME and before is not None:
        raise wrong("before")
    limit = parameters.limit(100, 100)
    found = [
        t
        for t in call.venue.exchange.recent_trades(item.listed.market, item.listed.symbol, limit=2_000)
        if (after is None or (t.trade_id if by == _BY_TRADE_ID else t.time_ms) < after)
        and (before is None or t.trade_id > before)
    ]
    return [
        trade_row(item, t.trade_id, t.price, t.quantity, t.time_ms, buyer_is_maker=t.buyer_is_maker)
        for t in reversed(found[-limit:])
    ]


ENDPOINTS: tuple[Endpoint, ...] = (
    public("market/trades", 100, recent),
    public("market/history-trades", 20, history),
)
