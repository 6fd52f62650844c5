"""Binance's names of dated contracts, such as BTCUSDT_261225, and what they were delivered at."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from poise_common.domain.clock import from_ms

_DATE_MARK = "_"


def pair_of(contract_id: str) -> str:
    """Return the pair that a contract is of."""
    return contract_id.partition(_DATE_MARK)[0]


def unified_symbol(exchange: Any, contract_id: str) -> str:
    """Return a contract's unified symbol; that of one that the venue no longer lists too, by its pair and date."""
    pair, _, date = contract_id.partition(_DATE_MARK)
    if not date or contract_id in exchange.markets_by_id:
        return str(exchange.safe_symbol(contract_id, None, None, "swap"))
    return f"{exchange.safe_symbol(pair, None, None, 'swap')}-{date}"


def delivery_price(contract_id: str, deliveries: Iterable[Mapping[str, Any]]) -> Decimal:
    """Find a contract's price among its pair's deliveries, by its date. Raises LookupError where it is not there."""
    date = contract_id.partition(_DATE_MARK)[2]
    for delivery in deliveries:
        if f"{from_ms(int(delivery['deliveryTime'])):%y%m%d}" == date:
            return Decimal(str(delivery["deliveryPrice"]))
    message = f"no delivery price of {contract_id}"
    raise LookupError(message)
