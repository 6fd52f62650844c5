"""What a ccxt unified symbol says of itself: `BTC/USDT`, `BTC/USDT:USDT`, `BTC/USDT:USDT-261225`."""

from functools import lru_cache


def is_derivative(symbol: str) -> bool:
    """Say whether the symbol names a settled contract rather than a spot market."""
    return ":" in symbol


def base_of(symbol: str) -> str:
    """Return the currency that the instrument trades."""
    return symbol.partition("/")[0]


@lru_cache(maxsize=4_096)
def money_of(symbol: str) -> frozenset[str]:
    """Return the currencies the instrument is quoted and settled in."""
    pair, _, contract = symbol.partition(":")
    quote = pair.partition("/")[2]
    settle = contract.partition("-")[0]
    return frozenset(currency for currency in (quote, settle) if currency)
