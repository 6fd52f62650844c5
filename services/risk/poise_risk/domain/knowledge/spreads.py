"""What a package's result moves with."""

from functools import lru_cache
from typing import NamedTuple

from poise_common.domain.instruments import assets_of
from poise_risk.domain.knowledge.symbols import is_derivative


class Spread(NamedTuple):
    """What stands between the legs of a package."""

    assets: tuple[str, ...]
    way: int
    """1 long its spot, -1 short its spot, 0 where both legs are of a kind, or of two assets."""


@lru_cache(maxsize=4_096)
def spread_between(long_symbol: str, short_symbol: str) -> Spread:
    """Return what a package of these legs moves with."""
    assets = assets_of(long_symbol, short_symbol)
    way = int(is_derivative(short_symbol)) - int(is_derivative(long_symbol))
    return Spread(assets, way if len(assets) == 1 else 0)
