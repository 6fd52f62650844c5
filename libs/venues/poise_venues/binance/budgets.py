"""Which of Binance's request budgets a call draws on, and how much."""

from collections.abc import Mapping
from typing import Any

from poise_venues.rate_limits import Charge, Priority

# ccxt counts in its own unit: 0.2 of it is one unit of spot weight, 0.1 one of wallet weight, 1 one of futures weight.
_CCXT_COST_OF_SPOT_WEIGHT = 0.2
_CCXT_COST_OF_WALLET_WEIGHT = 0.1
_FUNDING_PATHS = frozenset({"fundingRate", "fundingInfo"})
NAMES = frozenset({"spot", "wallet", "futures", "futures_funding", "spot_orders", "futures_orders"})
BAN_WITHOUT_RETRY_AFTER_S = 60.0
_HISTORY_PATHS = frozenset({"klines"})
_FIRST_PATHS = frozenset({"time", "exchangeInfo"})
"""Without them no order can be looked up: they never wait behind books."""
_ORDER_PATHS = frozenset({"order", "batchOrders"})


def charges(api: str, method: str, path: str, _params: Mapping[str, Any], cost: float) -> tuple[Charge, ...]:
    """Return the charges of one request."""
    bucket, weight = _bucket_and_weight(api, path, cost)
    if path in _HISTORY_PATHS:
        return (Charge(bucket, weight, Priority.BACKGROUND),)
    comes_first = path in _FIRST_PATHS or api in {"private", "sapi"} or api.startswith("fapiPrivate")
    if path in _ORDER_PATHS and method in {"POST", "DELETE"}:
        orders = (Charge(f"{bucket}_orders", 1, Priority.ORDER),) if method == "POST" else ()
        return (Charge(bucket, weight, Priority.ORDER), *orders)
    return (Charge(bucket, weight, Priority.ACCOUNT if comes_first else Priority.MARKET_DATA),)


def bucket_of_url(url: str) -> str:
    """Return the budget that a 429 or 418 at this address speaks of."""
    if "/fapi/" in url or "/futures/" in url:
        return "futures"
    return "wallet" if "/sapi/" in url else "spot"


def _bucket_and_weight(api: str, path: str, cost: float) -> tuple[str, float]:
    if path in _FUNDING_PATHS:
        return "futures_funding", 1
    if api.startswith("fapi"):
        return "futures", cost
    if api.startswith("sapi"):
        return "wallet", cost / _CCXT_COST_OF_WALLET_WEIGHT
    return "spot", cost / _CCXT_COST_OF_SPOT_WEIGHT
