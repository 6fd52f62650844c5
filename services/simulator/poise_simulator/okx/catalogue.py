"""Every endpoint of the protocol."""

from __future__ import annotations

from poise_simulator.okx import (
    account,
    bills,
    candles,
    deliveries,
    funding_account,
    order_queries,
    position_tiers,
    reference_data,
    references,
    tickers,
    trades,
    trading,
)
from poise_simulator.okx.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *reference_data.ENDPOINTS,
    *tickers.ENDPOINTS,
    *trades.ENDPOINTS,
    *candles.ENDPOINTS,
    *references.ENDPOINTS,
    *position_tiers.ENDPOINTS,
    *deliveries.ENDPOINTS,
    *account.ENDPOINTS,
    *bills.ENDPOINTS,
    *funding_account.ENDPOINTS,
    *trading.ENDPOINTS,
    *order_queries.ENDPOINTS,
)


def find_endpoint(method: str, path: str) -> Endpoint:
    """Return one endpoint by verb and path; raises `LookupError` for an unknown one."""
    return next(item for item in ENDPOINTS if item.method == method and item.path == path)
