"""What execution holds of a package by its own fills, and the table of the package's states."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from poise_common.contracts.packages import LegRole, PackageState
from poise_common.domain.hedge import Hedge, LegQuantities
from poise_common.domain.instruments import Instrument, Side
from poise_execution.domain.orders import Fill

ENDED = frozenset({PackageState.CLOSED, PackageState.ABORTED})


class PackageEvent(StrEnum):
    CLOSING_TAKEN = "closing_taken"
    """A signed closing was taken up."""
    ROLL_TAKEN = "roll_taken"
    """A signed roll was taken up: this is the package that passes its long leg on."""
    HEDGED = "hedged"
    """An opening holds both legs, all orders known."""
    TAKEN_BACK = "taken_back"
    """An opening holds nothing that could be traded."""
    FLAT = "flat"
    """A closing left nothing that could be traded."""
    REMAINS = "remains"
    """A closing left a hedged rest."""
    LOCKED = "locked"
    """Its legs don't match and could not be made to in time, or the venue holds something else than we thought."""


class ImpossibleTransition(Exception):
    """A package was about to change in a way that its state forbids: a defect, and nothing is stored."""

    def __init__(self, package_id: UUID, state: PackageState, event: PackageEvent) -> None:
        super().__init__(f"package {package_id} is {state.value} and can't be {event.value}")
        self.package_id = package_id
        self.state = state
        self.event = event


_LOCK_ONLY: dict[PackageEvent, PackageState | None] = {
    **dict.fromkeys(PackageEvent, None),
    PackageEvent.LOCKED: PackageState.HALTED,
}

_CLOSING = _LOCK_ONLY | {PackageEvent.FLAT: PackageState.CLOSED, PackageEvent.REMAINS: PackageState.OPEN}

PACKAGE_TRANSITIONS: dict[PackageState, dict[PackageEvent, PackageState | None]] = {
    # Before its approval a package is the others' alone.
    PackageState.PROPOSED: dict.fromkeys(PackageEvent, None),
    PackageState.OPENING: _LOCK_ONLY
    | {PackageEvent.HEDGED: PackageState.OPEN, PackageEvent.TAKEN_BACK: PackageState.ABORTED},
    PackageState.OPEN: _LOCK_ONLY
    | {PackageEvent.CLOSING_TAKEN: PackageState.CLOSING, PackageEvent.ROLL_TAKEN: PackageState.ROLLING},
    PackageState.CLOSING: _CLOSING,
    PackageState.ROLLING: _CLOSING,
    PackageState.HALTED: {
        PackageEvent.CLOSING_TAKEN: PackageState.CLOSING,
        PackageEvent.ROLL_TAKEN: None,  # what is broken is closed
        PackageEvent.HEDGED: PackageState.OPEN,
        PackageEvent.TAKEN_BACK: PackageState.ABORTED,
        PackageEvent.FLAT: PackageState.CLOSED,
        PackageEvent.REMAINS: PackageState.OPEN,
        PackageEvent.LOCKED: PackageState.HALTED,
    },
    # An order that the venue had denied may still come to light.
    PackageState.CLOSED: _LOCK_ONLY,
    PackageState.ABORTED: _LOCK_ONLY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package with the instruments it was opened with; held quantities are unsigned base units, net of base fees.

    The instruments stay with the package, so that it can be closed after its asset has left the universe.
    """

    package_id: UUID
    strategy: str
    asset: str
    state: PackageState
    long_instrument: Instrument
    short_instrument: Instrument
    hedge_ratio: Decimal = Decimal(1)
    long_held: Decimal = Decimal(0)
    short_held: Decimal = Decimal(0)

    def instrument(self, role: LegRole) -> Instrument:
        return self.long_instrument if role is LegRole.LONG else self.short_instrument

    def held(self, role: LegRole) -> Decimal:
        return self.long_held if role is LegRole.LONG else self.short_held

    def after(self, event: PackageEvent) -> "Package":
        """Return the package in the state that an event leads to; raises ImpossibleTransition where there is none."""
        state = PACKAGE_TRANSITIONS[self.state][event]
        if state is None:
            raise ImpossibleTransition(self.package_id, self.state, event)
        return replace(self, state=state)

    def filled(self, role: LegRole, fill: Fill) -> "Package":
        """Return the package after a fill: bought or sold, less the fee where the base currency paid it."""
        bought = fill.side.sign * fill.quantity
        if fill.fee_currency == self.instrument(role).base and not self.instrument(role).is_derivative:
            bought -= fill.fee
        if role is LegRole.LONG:
            return replace(self, long_held=self.long_held + bought)
        return replace(self, short_held=self.short_held - bought)

    def with_more_long(self, quantity: Decimal) -> "Package":
        """Return the package after its long leg grew, or shrank, without a fill of its own."""
        return replace(self, long_held=self.long_held + quantity)

    @property
    def hedge(self) -> Hedge:
        return Hedge(self.hedge_ratio)

    @property
    def residual_delta(self) -> Decimal:
        """The long leg less what the short leg hedges of it, in base units of the long leg."""
        return self.hedge.residual(self.long_held, self.short_held)

    def matched(self, role: LegRole) -> Decimal:
        """Return how much of a leg the other one hedges."""
        return _of_leg(role, self.hedge.matched(self.long_held, self.short_held))

    def excess(self, role: LegRole) -> Decimal:
        """Return what a leg holds beyond what the other one hedges; below zero where it is the shorter one."""
        return _of_leg(role, self.hedge.excess(self.long_held, self.short_held))


def _of_leg(role: LegRole, quantities: LegQuantities) -> Decimal:
    return quantities.long if role is LegRole.LONG else quantities.short


def opening_side(role: LegRole) -> Side:
    """Return the side that builds a leg up."""
    return Side.BUY if role is LegRole.LONG else Side.SELL


def closing_side(role: LegRole) -> Side:
    """Return the side that takes a leg down."""
    return opening_side(role).opposite
