"""How prices move what is held."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from poise_portfolio.domain.ledger.markets import is_inverse
from poise_portfolio.domain.ledger.positions import ZERO, Position

_ONE_PCT = Decimal("0.01")


class Holding(NamedTuple):
    """Something that is held of an asset: base units, and what one of them is worth."""

    asset: str
    quantity: Decimal
    price_usd: Decimal
    unrealised_pnl_usd: Decimal
    gamma_usd: Decimal = ZERO


class Sensitivity(NamedTuple):
    """What an asset's price does to the desk: base units, their worth in USD, what a rise of 1 % adds to that."""

    delta: Decimal
    delta_usd: Decimal
    gamma_usd: Decimal


def gamma_usd(symbol: str, position: Position) -> Decimal:
    """Return by what a rise of 1 % changes the dollars that a position gains in such a rise, were they paid out.

    A face N of an inverse contract is N / P of its coin at a price P: Γ = −N / P², and Γ P² for 1 % is −N × 1 %. Other
    contracts are as many units at each price. While what an inverse contract settles in is kept, that coin's own
    change makes up for Γ: the position is worth N × P / E − N, a straight line.
    """
    return -position.cost * _ONE_PCT if is_inverse(symbol) else ZERO


def sensitivities(holdings: Iterable[Holding]) -> dict[str, Sensitivity]:
    """Add up holdings by asset.

    One price for all of an asset's instruments, its dearest: legs that match leave nothing, whatever the basis.
    """
    totals: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
    for holding in holdings:
        quantity, price_usd, gamma = totals.get(holding.asset, (ZERO, ZERO, ZERO))
        totals[holding.asset] = (
            quantity + holding.quantity,
            max(price_usd, holding.price_usd),
            gamma + holding.gamma_usd,
        )
    return {asset: Sensitivity(quantity, quantity * price, gamma) for asset, (quantity, price, gamma) in totals.items()}
