"""Which of OKX's request budgets a call draws on, and how much.

Each endpoint has a limit of its own, a number of requests in two seconds; ccxt's cost of it is 20 over that number. So
one figure in the configuration, 20 in two seconds, is the limit of every endpoint when it is charged ccxt's cost. New
orders count by instrument, and all of the account's together besides. Subscriptions are limited by connection,
connections by address.
"""

from collections.abc import Mapping
from typing import Any

from poise_venues.rate_limits import Charge, Priority

NAMES = frozenset({"requests", "orders", "subscriptions", "connections"})
REFUSAL_LASTS_S = 2.0
"""The window of every endpoint's limit."""
_HISTORY_PATHS = frozenset({"market/candles", "market/history-candles"})
_FIRST_PATHS = frozenset({"public/time", "public/instruments"})
"""Without them no order can be looked up: they never wait behind books."""
_NEW_ORDER = "trade/order"
_ORDER_PATHS = frozenset({_NEW_ORDER, "trade/cancel-order"})


def charges(api: str, method: str, path: str, params: Mapping[str, Any], cost: float) -> tuple[Charge, ...]:
    """Return the charges of one request."""
    bucket = f"requests:{method} {path}"
    if path in _ORDER_PATHS and method == "POST":
        if path != _NEW_ORDER:
            return (Charge(bucket, cost, Priority.ORDER),)
        of_instrument = Charge(f"{bucket} {params['instId']}", cost, Priority.ORDER)
        return (of_instrument, Charge("orders", 1, Priority.ORDER))
    if path in _HISTORY_PATHS:
        return (Charge(bucket, cost, Priority.BACKGROUND),)
    comes_first = api == "private" or path in _FIRST_PATHS
    return (Charge(bucket, cost, Priority.ACCOUNT if comes_first else Priority.MARKET_DATA),)


def subscription_charge(url: str) -> Charge:
    """Return the charge of one message that subscribes, unsubscribes or logs in."""
    return Charge(f"subscriptions:{url}", 1, Priority.ACCOUNT)


def connection_charge(*, comes_first: bool) -> Charge:
    """Return the charge of opening one connection; few may be opened at once, so books and the account come first."""
    return Charge("connections", 1, Priority.ACCOUNT if comes_first else Priority.BACKGROUND)
