"""OKX's markets as ccxt reads them, from what the venue's documentation shows of instruments."""

from functools import cache
from typing import Any

from poise_venues import ccxt_modules

SPOT = {
    "instType": "SPOT",
    "instId": "BTC-USDT",
    "baseCcy": "BTC",
    "quoteCcy": "USDT",
    "settleCcy": "",
    "uly": "",
    "instFamily": "",
    "ctVal": "",
    "ctMult": "",
    "ctType": "",
    "expTime": "",
    "lotSz": "0.00000001",
    "minSz": "0.00001",
    "tickSz": "0.1",
    "lever": "10",
    "state": "live",
    "groupId": "1",
}
SWAP = SPOT | {
    "instType": "SWAP",
    "instId": "BTC-USDT-SWAP",
    "baseCcy": "",
    "quoteCcy": "",
    "settleCcy": "USDT",
    "uly": "BTC-USDT",
    "instFamily": "BTC-USDT",
    "ctVal": "0.01",
    "ctMult": "1",
    "ctType": "linear",
    "lotSz": "0.01",
    "minSz": "0.01",
    "lever": "100",
    "groupId": "4",
}
FUTURE = SWAP | {"instType": "FUTURES", "instId": "BTC-USDT-261225", "expTime": "1798185600000", "lotSz": "1"}
INVERSE = SWAP | {
    "instId": "BTC-USD-SWAP",
    "settleCcy": "BTC",
    "uly": "BTC-USD",
    "instFamily": "BTC-USD",
    "ctVal": "100",
    "ctType": "inverse",
    "lotSz": "1",
    "minSz": "1",
}


@cache
def okx() -> Any:
    """ccxt's own exchange with these markets, without a network."""
    exchange = ccxt_modules.exchange_class("okx")({"asyncio_loop": None})
    exchange.set_markets([exchange.parse_market(raw) for raw in (SPOT, SWAP, FUTURE, INVERSE)])
    return exchange
