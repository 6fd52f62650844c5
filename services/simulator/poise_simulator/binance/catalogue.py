"""Every endpoint of the simulated venue."""

from __future__ import annotations

from poise_simulator.binance import (
    candles,
    exchange_info,
    funding_data,
    futures_account,
    futures_settings,
    futures_trading,
    market_data,
    spot_account,
    spot_trading,
    tickers,
    wallet,
)
from poise_simulator.binance.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *exchange_info.ENDPOINTS,
    *market_data.ENDPOINTS,
    *candles.ENDPOINTS,
    *tickers.ENDPOINTS,
    *funding_data.ENDPOINTS,
    *spot_account.ENDPOINTS,
    *spot_trading.ENDPOINTS,
    *futures_account.ENDPOINTS,
    *futures_settings.ENDPOINTS,
    *futures_trading.ENDPOINTS,
    *wallet.ENDPOINTS,
)


def find_endpoint(method: str, path: str) -> Endpoint:
    """Return one endpoint by verb and path; raises `LookupError` for an unknown one."""
    return next(item for item in ENDPOINTS if item.method == method and item.path == path)
