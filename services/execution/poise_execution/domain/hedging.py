"""What is to be done next when all orders of an approval are known: nothing, or one leg's excess is traded away."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from poise_common.contracts.packages import LegRole, PackageAction
from poise_execution.domain.order_rules import is_tradable, least_tradable
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
    is_overshoot: bool = False
    """The leg was taken down too far, by an order that the venue had denied: what is beyond nothing is put back."""


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
    overshoots = tuple(
        Excess(role, -package.held(role), is_overshoot=True)
        for role in LegRole
        if package.held(role) < 0 and _is_worth_a_trade(package, role, -package.held(role), prices, residual_cap_usd)
    )
    if overshoots:
        return overshoots
    if action is PackageAction.OPEN:
        return _after_opening(package, prices, residual_cap_usd)
    return _after_closing(package, prices, residual_cap_usd)


def _after_opening(package: Package, prices: Prices, cap_usd: Decimal) -> Whole | tuple[Excess, ...]:
    is_hedge = _is_hedge(package, prices)
    # A hedge that stays may carry the cap; of an opening that failed, all that the venue lets go is let go.
    beyond, tolerated_usd = (package.excess, cap_usd) if is_hedge else (package.held, Decimal(0))
    excesses = tuple(
        excess
        for role in LegRole
        if (quantity := beyond(role)) * prices.of(role) > tolerated_usd
        and (excess := _excess(package, role, quantity, prices, cap_usd)) is not None
    )
    return excesses or (Whole.OPENED if is_hedge else Whole.ABORTED)


def _after_closing(package: Package, prices: Prices, cap_usd: Decimal) -> Whole | tuple[Excess, ...]:
    tradable = [role for role in LegRole if is_tradable(package.instrument(role), package.held(role), prices.of(role))]
    if len(tradable) == 1:
        # The other leg is gone, or too small to be closed with: this one can't stay.
        return (Excess(tradable[0], package.held(tradable[0])),)
    longer = LegRole.LONG if package.residual_delta > 0 else LegRole.SHORT
    excess = _excess(package, longer, package.excess(longer), prices, cap_usd)
    if excess is not None:
        return (excess,)
    return Whole.CLOSED_PARTLY if tradable else Whole.CLOSED


def _excess(package: Package, role: LegRole, quantity: Decimal, prices: Prices, cap_usd: Decimal) -> Excess | None:
    """Return what is to be taken down of a leg that holds so much too much, or None where it may stay.

    What is beyond the cap and less than the venue trades is taken down by the least that it does trade: the other leg
    is then the longer one, by less. What can't be taken down even so is nothing that may stay either.
    """
    instrument, price = package.instrument(role), prices.of(role)
    if is_tradable(instrument, quantity, price):
        return Excess(role, quantity)
    if quantity * price <= cap_usd:
        return None
    least = least_tradable(instrument, quantity, price)
    return Excess(role, least if least <= package.held(role) else quantity)


def _is_worth_a_trade(package: Package, role: LegRole, quantity: Decimal, prices: Prices, cap_usd: Decimal) -> bool:
    return is_tradable(package.instrument(role), quantity, prices.of(role)) or quantity * prices.of(role) > cap_usd


def settled_for(action: PackageAction, package: Package, prices: Prices) -> Whole:
    """Return how an approval ends when no more can be traded and what is left is below the cap."""
    if action is PackageAction.CLOSE:
        return Whole.CLOSED_PARTLY
    return Whole.OPENED if _is_hedge(package, prices) else Whole.ABORTED


def _is_hedge(package: Package, prices: Prices) -> bool:
    return all(is_tradable(package.instrument(role), package.matched(role), prices.of(role)) for role in LegRole)
