"""What a ccxt unified symbol says of itself: `BTC/USDT`, `BTC/USDT:USDT`, `BTC/USDT:USDT-261225`."""

from functools import lru_cache


def is_derivative(symbol: str) -> bool:
    """Say whether the symbol names a settled contract rather than a spot market."""
    return ":" in symbol


def settle_of(symbol: str) -> str:
    """Return the currency that a derivative is settled in; nothing of a spot market."""
    return symbol.partition(":")[2].partition("-")[0]


@lru_cache(maxsize=4_096)
def money_of(*symbols: str) -> frozenset[str]:
    """Return the currencies these instruments are quoted and settled in."""
    quotes = (symbol.partition(":")[0].partition("/")[2] for symbol in symbols)
    return frozenset(filter(None, (*quotes, *map(settle_of, symbols))))
