"""Messages of the futures user data stream."""

from __future__ import annotations

from collections.abc import Sequence

from poise_simulator.binance.streams.spot_user_messages import EXECUTION_WORDS
from poise_simulator.binance.venue import Venue
from poise_simulator.binance.wire import (
    SIDE_WORDS,
    STATUS_WORDS,
    decimal_text,
    order_type_word,
    price_places,
    quantity_places,
    time_in_force_word,
)
from poise_simulator.domain.events import BalanceUpdated, OrderUpdated, PositionUpdated, UpdateReason
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.orders import Origin


def order_trade_update(event: OrderUpdated, instrument: Instrument, now_ms: int) -> dict[str, object]:
    """Write an ORDER_TRADE_UPDATE; commission is left out where there is none, as the venue does."""
    order, fill = event.order, event.fill
    price, quantity = price_places(instrument), quantity_places(instrument)
    type_word = order_type_word(order)
    is_forced = order.origin in {Origin.LIQUIDATION, Origin.ADL}
    row: dict[str, object] = {
        "s": order.symbol,
        "c": order.client_order_id,
        "S": SIDE_WORDS[order.side],
        "o": "LIQUIDATION" if order.origin is Origin.LIQUIDATION else type_word,
        "f": time_in_force_word(order),
        "q": decimal_text(order.quantity, quantity),
        "p": decimal_text(order.price, price),
        "ap": decimal_text(order.average_price),
        "sp": "0",
        "x": "CALCULATED" if is_forced and fill is not None else EXECUTION_WORDS[event.execution],
        "X": STATUS_WORDS[order.status],
        "i": order.order_id,
        "l": decimal_text(fill.quantity, quantity) if fill else "0",
        "z": decimal_text(order.executed_quantity, quantity),
        "L": decimal_text(fill.price, price) if fill else "0",
        "T": event.time_ms,
        "t": fill.trade_id if fill else 0,
        "b": "0",
        "a": "0",
        "m": bool(fill and fill.is_maker),
        "R": order.reduce_only,
        "wt": "CONTRACT_PRICE",
        "ot": type_word,
        "ps": "BOTH",
        "cp": False,
        "rp": decimal_text(fill.realised_pnl) if fill else "0",
        "pP": False,
        "si": 0,
        "ss": 0,
        "V": "NONE",
        "pm": "NONE",
        "gtd": 0,
    }
    if fill is not None:
        row |= {"N": fill.commission_asset, "n": decimal_text(fill.commission)}
    return {"e": "ORDER_TRADE_UPDATE", "E": now_ms, "T": event.time_ms, "o": row}


def account_update(changes: Sequence[BalanceUpdated | PositionUpdated], venue: Venue, now_ms: int) -> dict[str, object]:
    """Write an ACCOUNT_UPDATE with the latest state of what changed for one reason at one time."""
    balances = {change.asset: change for change in changes if isinstance(change, BalanceUpdated)}
    positions = {
        change.position.symbol: change.position
        for change in changes
        # Under cross margin, the venue tells of funding by the balance alone.
        if isinstance(change, PositionUpdated) and change.reason is not UpdateReason.FUNDING_FEE
    }
    return {
        "e": "ACCOUNT_UPDATE",
        "E": now_ms,
        "T": changes[-1].time_ms,
        "a": {
            "m": _reason_word(changes[0]),
            "B": [
                {
                    "a": asset,
                    "wb": decimal_text(change.free),
                    "cw": decimal_text(change.free),
                    # What changed besides realised profit and commission.
                    "bc": "0" if change.reason is UpdateReason.ORDER else decimal_text(change.change),
                }
                for asset, change in balances.items()
            ],
            "P": [
                {
                    "s": symbol,
                    "pa": decimal_text(position.quantity, quantity_places(venue.instrument(Market.FUTURES, symbol))),
                    "ep": decimal_text(position.entry_price),
                    "bep": decimal_text(position.entry_price),
                    "cr": decimal_text(position.realised_pnl),
                    "up": decimal_text(position.unrealised_pnl),
                    "mt": "cross",
                    "iw": "0",
                    "ps": "BOTH",
                    "ma": venue.instrument(Market.FUTURES, symbol).quote,
                }
                for symbol, position in positions.items()
            ],
        },
    }


def _reason_word(change: BalanceUpdated | PositionUpdated) -> str:
    if change.reason is UpdateReason.FUNDING_FEE:
        return "FUNDING_FEE"
    if change.reason is UpdateReason.TRANSFER and isinstance(change, BalanceUpdated):
        return "DEPOSIT" if change.change > 0 else "WITHDRAW"
    if change.reason is UpdateReason.DELIVERY:
        return "ADJUSTMENT"
    # The venue reports what a liquidation order did as any order's doing.
    return "ORDER"
