"""What is to be done next when all orders of an approval are known: nothing, or one leg's excess is traded away."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from poise_common.contracts.packages import LegRole, PackageAction
from poise_execution.domain.order_rules import is_tradable
from poise_execution.domain.packages import Package


class Whole(StrEnum):
    """How an approval ends when nothing is left to do: hedged or flat."""

    OPENED = "opened"
    ABORTED = "aborted"
    CLOSED = "closed"
    CLOSED_PARTLY = "closed_partly"


@dataclass(frozen=True, slots=True)
class Excess:
    """What one leg holds beyond what the other matches, in base units; it is to be taken down."""

    role: LegRole
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Prices:
    """What the legs are valued at, in quote."""

    long: Decimal
    short: Decimal

    def of(self, role: LegRole) -> Decimal:
        return self.long if role is LegRole.LONG else self.short


def next_step(
    action: PackageAction, package: Package, prices: Prices, residual_cap_usd: Decimal
) -> Whole | tuple[Excess, ...]:
    """Return how the approval ends, or what must be taken down first; nothing is ever built up."""
    if action is PackageAction.OPEN:
        return _after_opening(package, prices, residual_cap_usd)
    return _after_closing(package, prices)


def _after_opening(package: Package, prices: Prices, cap_usd: Decimal) -> Whole | tuple[Excess, ...]:
    matched = min(package.long_held, package.short_held)
    is_hedge = _is_hedge(package, prices)
    # A hedge that stays may carry the cap; of an opening that failed, all that the venue lets go is let go.
    kept, tolerated_usd = (matched, cap_usd) if is_hedge else (Decimal(0), Decimal(0))
    excesses = tuple(
        Excess(role, excess)
        for role in LegRole
        if (excess := package.held(role) - kept) * prices.of(role) > tolerated_usd
        and is_tradable(package.instrument(role), excess, prices.of(role))
    )
    return excesses or (Whole.OPENED if is_hedge else Whole.ABORTED)


def _after_closing(package: Package, prices: Prices) -> Whole | tuple[Excess, ...]:
    tradable = [role for role in LegRole if is_tradable(package.instrument(role), package.held(role), prices.of(role))]
    if not tradable:
        return Whole.CLOSED
    if len(tradable) == 1:
        # The other leg is gone, or too small to be closed with: this one can't stay.
        return (Excess(tradable[0], package.held(tradable[0])),)
    longer = LegRole.LONG if package.residual_delta > 0 else LegRole.SHORT
    imbalance = abs(package.residual_delta)
    if is_tradable(package.instrument(longer), imbalance, prices.of(longer)):
        return (Excess(longer, imbalance),)
    return Whole.CLOSED_PARTLY


def settled_for(action: PackageAction, package: Package, prices: Prices) -> Whole:
    """Return how an approval ends when no more can be traded and what is left is below the cap."""
    if action is PackageAction.CLOSE:
        return Whole.CLOSED_PARTLY
    return Whole.OPENED if _is_hedge(package, prices) else Whole.ABORTED


def _is_hedge(package: Package, prices: Prices) -> bool:
    matched = min(package.long_held, package.short_held)
    return all(is_tradable(package.instrument(role), matched, prices.of(role)) for role in LegRole)
