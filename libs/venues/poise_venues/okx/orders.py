"""Reading OKX's own orders and fills, of all markets, without a guess."""

from decimal import Decimal
from typing import Any

from poise_common.domain.clock import from_ms
from poise_common.domain.instruments import Side
from poise_venues.answers import decimal, rows, text
from poise_venues.instruments import base_units
from poise_venues.outcomes import FoundOrder, Taken, VenueTrade

_DONE = "0"
_IS_TERMINAL = {
    "live": False,
    "partially_filled": False,
    "filled": True,
    "canceled": True,
    "mmp_canceled": True,
}
_SPOT_TYPES = frozenset({"SPOT", "MARGIN"})
_IN_QUOTE = "quote_ccy"


def records(answer: Any) -> list[Any]:
    """Return the rows of an answer that succeeded; TypeError, KeyError or ValueError for any other."""
    if text(answer, "code") != _DONE:
        raise ValueError(f"the venue has not done it: {answer!r:.200}")
    return rows(answer["data"])


def record(answer: Any) -> Any:
    """Return the one row of an answer; otherwise as `records`."""
    (row,) = records(answer)
    return row


def is_contract(raw: Any) -> bool:
    """Say whether an order or fill is of a derivative."""
    return text(raw, "instType") not in _SPOT_TYPES


def read_taken(answer: Any) -> Taken:
    """Read that an order was taken or a cancel begun: the venue says no more of it."""
    row = record(answer)
    if text(row, "sCode") != _DONE:
        raise ValueError(f"the venue has not done it: {row!r:.200}")
    return Taken(order_id=text(row, "ordId"), client_order_id=text(row, "clOrdId"))


def read_order(exchange: Any, raw: Any, *, is_contract: bool) -> FoundOrder:
    """Read an order of any list or answer; raises KeyError, TypeError or ValueError for what is not one."""
    market = _market(exchange, raw, is_contract=is_contract)
    filled, quantity = decimal(raw, "accFillSz"), decimal(raw, "sz")
    if raw.get("tgtCcy") == _IN_QUOTE:
        # A market order of somebody else by what it may cost: it leaves nothing open.
        quantity = filled
    if filled < 0 or quantity < 0:
        raise ValueError(f"{filled} of {quantity} is filled")
    average_price = decimal(raw, "avgPx") if filled else None
    limit_price = decimal(raw, "px") if raw.get("px") else average_price
    filled_units = base_units(market, filled, average_price)
    return FoundOrder(
        order_id=text(raw, "ordId"),
        client_order_id=_client_order_id(raw),
        symbol=market["symbol"],
        side=Side(text(raw, "side")),
        quantity=filled_units + base_units(market, quantity - filled, limit_price),
        filled_quantity=filled_units,
        average_price=average_price,
        terminal=_IS_TERMINAL[text(raw, "state")],
    )


def read_trade(exchange: Any, raw: Any, *, is_contract: bool) -> VenueTrade:
    """Read a fill of the account; raises KeyError, TypeError or ValueError for what is not one."""
    market = _market(exchange, raw, is_contract=is_contract)
    price = decimal(raw, "fillPx")
    return VenueTrade(
        trade_id=text(raw, "tradeId"),
        order_id=text(raw, "ordId"),
        symbol=market["symbol"],
        side=Side(text(raw, "side")),
        price=price,
        quantity=base_units(market, decimal(raw, "fillSz"), price),
        # The venue's sign is the account's: negative is paid.
        fee=_without_sign_of_zero(-decimal(raw, "fee")),
        fee_currency=exchange.safe_currency_code(text(raw, "feeCcy")),
        time=from_ms(int(text(raw, "ts"))),
    )


def _market(exchange: Any, raw: Any, *, is_contract: bool) -> Any:
    market = exchange.safe_market(text(raw, "instId"))
    if bool(market["contract"]) != is_contract:
        raise ValueError(f"{raw['instId']} is not of the market that was asked")
    return market


def _client_order_id(raw: Any) -> str:
    # Orders by hand have none.
    if not isinstance(raw["clOrdId"], str):
        raise TypeError(f"clOrdId is {raw['clOrdId']!r:.100}")
    return raw["clOrdId"]


def _without_sign_of_zero(number: Decimal) -> Decimal:
    return number or Decimal(0)
