"""How much of the short leg hedges how much of the long one."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import NamedTuple


class LegQuantities(NamedTuple):
    """Quantities of both legs, each in its own base units."""

    long: Decimal
    short: Decimal


@dataclass(frozen=True, slots=True)
class Hedge:
    """`ratio` is how many base units of the short leg hedge one base unit of the long leg.

    Quantities are unsigned base units of their own leg; what is said of both together is in those of the long leg.
    Raises ValueError for a ratio that is not above zero.
    """

    ratio: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if not (self.ratio.is_finite() and self.ratio > 0):
            raise ValueError(f"hedge ratio {self.ratio}: a number above zero passes")

    def long_for(self, short: Decimal) -> Decimal:
        """Return how much of the long leg a quantity of the short leg hedges."""
        return short / self.ratio

    def short_for(self, long: Decimal) -> Decimal:
        """Return how much of the short leg hedges a quantity of the long leg."""
        return long * self.ratio

    def residual(self, long: Decimal, short: Decimal) -> Decimal:
        """Return what is unhedged, in base units of the long leg; below zero where too much is short."""
        return long - self.long_for(short)

    def excess(self, long: Decimal, short: Decimal) -> LegQuantities:
        """Return what each leg has beyond what the other hedges, in its own units; below zero where it falls short."""
        return LegQuantities(long - self.long_for(short), short - self.short_for(long))

    def matched(self, long: Decimal, short: Decimal) -> LegQuantities:
        """Return how much of each leg is hedged by the other."""
        return LegQuantities(min(long, self.long_for(short)), min(short, self.short_for(long)))

    def covering(self, long: Decimal, short: Decimal) -> LegQuantities:
        """Return the least quantities that hedge each other and are no smaller than these."""
        return LegQuantities(max(long, self.long_for(short)), max(short, self.short_for(long)))

    def unit_price(self, long_price: Decimal, short_price: Decimal) -> Decimal:
        """Return what a base unit of the long leg is worth, or what hedges it: the dearer of the two."""
        return max(long_price, self.short_for(short_price))

    def residual_usd(self, long: Decimal, short: Decimal, prices: LegQuantities | tuple[Decimal, Decimal]) -> Decimal:
        """Return what is unhedged in USD: the same, but for its sign, whichever leg is called the short one."""
        return self.residual(long, short) * self.unit_price(*prices)

    def steps(self, long_step: Decimal, short_step: Decimal) -> LegQuantities:
        """Return the steps to keep to: where the legs are alike, the one that both can trade, else each its own."""
        if self.ratio == 1:
            step = common_step(long_step, short_step)
            return LegQuantities(step, step)
        return LegQuantities(long_step, short_step)

    def coarser_step(self, long_step: Decimal, short_step: Decimal) -> Decimal:
        """Return the coarser of two steps, in base units of the long leg."""
        return max(long_step, self.long_for(short_step))

    def on_steps(
        self, long: Decimal, long_step: Decimal, short_step: Decimal, rounding: str = ROUND_FLOOR
    ) -> LegQuantities:
        """Round a hedged quantity to what both legs can trade: the coarser leg so, and the other down to match it."""
        steps = self.steps(long_step, short_step)
        if steps.long >= self.long_for(steps.short):
            rounded = _on_step(long, steps.long, rounding)
            return LegQuantities(rounded, _on_step(self.short_for(rounded), steps.short))
        rounded = _on_step(self.short_for(long), steps.short, rounding)
        return LegQuantities(_on_step(self.long_for(rounded), steps.long), rounded)


ONE_TO_ONE = Hedge()
"""Both legs are of one asset."""


@lru_cache(maxsize=4_096)
def common_step(one: Decimal, other: Decimal) -> Decimal:
    """Return the smallest step that is a whole number of both; for steps of 0.1 and 0.001, the coarser."""
    a, b = Fraction(one), Fraction(other)
    step = Fraction(lcm(a.numerator, b.numerator), gcd(a.denominator, b.denominator))
    return Decimal(step.numerator) / Decimal(step.denominator)


def _on_step(quantity: Decimal, step: Decimal, rounding: str = ROUND_FLOOR) -> Decimal:
    return (quantity / step).to_integral_value(rounding) * step
