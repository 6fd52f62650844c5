"""Reading Binance's own orders and fills, of both markets, without a guess."""

from decimal import Decimal
from typing import Any

from poise_common.domain.clock import from_ms
from poise_common.domain.instruments import Side
from poise_venues.answers import decimal, text
from poise_venues.instruments import contract_size_of, to_base_units
from poise_venues.outcomes import FoundOrder, VenueTrade

_IS_TERMINAL = {
    "NEW": False,
    "PENDING_NEW": False,
    "PARTIALLY_FILLED": False,
    "PENDING_CANCEL": False,
    "FILLED": True,
    "CANCELED": True,
    "REJECTED": True,
    "EXPIRED": True,
    "EXPIRED_IN_MATCH": True,
}


def read_order(exchange: Any, raw: Any, *, is_contract: bool) -> FoundOrder:
    """Read an order of any list or answer; raises KeyError, TypeError or ValueError for what is not one."""
    market = _market(exchange, raw, is_contract=is_contract)
    size = contract_size_of(market)
    filled, quantity = decimal(raw, "executedQty"), decimal(raw, "origQty")
    if filled < 0 or quantity < 0:
        raise ValueError(f"{filled} of {quantity} is filled")
    return FoundOrder(
        order_id=text(raw, "orderId"),
        client_order_id=text(raw, "clientOrderId"),
        symbol=market["symbol"],
        side=Side(text(raw, "side").lower()),
        quantity=to_base_units(quantity, size),
        filled_quantity=to_base_units(filled, size),
        average_price=_average_price(raw, filled, is_contract=is_contract),
        terminal=_IS_TERMINAL[text(raw, "status")],
    )


def read_trade(exchange: Any, raw: Any, *, is_contract: bool) -> VenueTrade:
    """Read a fill of the account; raises KeyError, TypeError or ValueError for what is not one."""
    market = _market(exchange, raw, is_contract=is_contract)
    buyer = raw["buyer" if is_contract else "isBuyer"]
    if not isinstance(buyer, bool):
        raise TypeError(f"the side of trade {raw['id']} is {buyer!r}")
    return VenueTrade(
        trade_id=text(raw, "id"),
        order_id=text(raw, "orderId"),
        symbol=market["symbol"],
        side=Side.BUY if buyer else Side.SELL,
        price=decimal(raw, "price"),
        quantity=to_base_units(decimal(raw, "qty"), contract_size_of(market)),
        fee=decimal(raw, "commission"),
        fee_currency=exchange.safe_currency_code(text(raw, "commissionAsset")),
        time=from_ms(int(text(raw, "time"))),
    )


def _market(exchange: Any, raw: Any, *, is_contract: bool) -> Any:
    return exchange.safe_market(text(raw, "symbol"), None, None, "contract" if is_contract else "spot")


def _average_price(raw: Any, filled: Decimal, *, is_contract: bool) -> Decimal | None:
    if not filled:
        return None
    return decimal(raw, "avgPrice") if is_contract else decimal(raw, "cummulativeQuoteQty") / filled
