"""Messages of the spot user data stream."""

from __future__ import annotations

from poise_simulator.binance.wire import (
    SIDE_WORDS,
    STATUS_WORDS,
    decimal_text,
    order_type_word,
    time_in_force_word,
)
from poise_simulator.domain.events import BalanceUpdated, ExecutionType, OrderUpdated

EXECUTION_WORDS = {
    ExecutionType.NEW: "NEW",
    ExecutionType.TRADE: "TRADE",
    ExecutionType.CANCELED: "CANCELED",
    ExecutionType.EXPIRED: "EXPIRED",
}
_ZERO = "0.00000000"


def execution_report(event: OrderUpdated, now_ms: int) -> dict[str, object]:
    """Write an executionReport."""
    order, fill = event.order, event.fill
    is_canceled = event.execution is ExecutionType.CANCELED
    return {
        "e": "executionReport",
        "E": now_ms,
        "s": order.symbol,
        "c": f"cancel{order.order_id}" if is_canceled else order.client_order_id,
        "S": SIDE_WORDS[order.side],
        "o": order_type_word(order),
        "f": time_in_force_word(order),
        "q": decimal_text(order.quantity),
        "p": decimal_text(order.price),
        "P": _ZERO,
        "F": _ZERO,
        "g": -1,
        "C": order.client_order_id if is_canceled else "",
        "x": EXECUTION_WORDS[event.execution],
        "X": STATUS_WORDS[order.status],
        "r": "NONE",
        "i": order.order_id,
        "l": decimal_text(fill.quantity) if fill else _ZERO,
        "z": decimal_text(order.executed_quantity),
        "L": decimal_text(fill.price) if fill else _ZERO,
        "n": decimal_text(fill.commission) if fill else "0",
        "N": fill.commission_asset if fill else None,
        "T": event.time_ms,
        "t": fill.trade_id if fill else -1,
        "I": order.order_id,
        "w": order.status.is_open,
        "m": bool(fill and fill.is_maker),
        "M": False,
        "O": order.created_ms,
        "Z": decimal_text(order.executed_quote),
        "Y": decimal_text(fill.quote_quantity) if fill else _ZERO,
        "Q": decimal_text(order.quote_quantity) if order.quote_quantity else _ZERO,
        "W": order.created_ms,
        "V": "NONE",
    }


def account_position(changes: list[BalanceUpdated], now_ms: int) -> dict[str, object]:
    """Write an outboundAccountPosition with the latest holdings of the assets that changed."""
    latest = {change.asset: change for change in changes}
    return {
        "e": "outboundAccountPosition",
        "E": now_ms,
        "u": changes[-1].time_ms,
        "B": [
            {"a": asset, "f": decimal_text(change.free), "l": decimal_text(change.locked)}
            for asset, change in latest.items()
        ],
    }


def balance_update(change: BalanceUpdated, now_ms: int) -> dict[str, object]:
    """Write a balanceUpdate: what a transfer moved."""
    return {
        "e": "balanceUpdate",
        "E": now_ms,
        "a": change.asset,
        "d": decimal_text(change.change),
        "T": change.time_ms,
    }
