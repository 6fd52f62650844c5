"""What a package holds and what it has earned; every change makes a new one."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.execution import LegFilled, PackageQuantities
from poise_common.contracts.packages import LegRole, PackageState
from poise_common.domain.hedge import Hedge
from poise_portfolio.domain.ledger.markets import market_of
from poise_portfolio.domain.ledger.positions import FLAT, ZERO, Position
from poise_portfolio.domain.worth.marks import PriceOf

FINAL_STATES = frozenset({PackageState.CLOSED, PackageState.ABORTED})


class LegMismatchError(ValueError):
    """A fill names another instrument than the one its leg already holds."""

    def __init__(self, package_id: UUID, held_symbol: str, filled_symbol: str) -> None:
        super().__init__(f"package {package_id}: a leg of {held_symbol} was reported filled in {filled_symbol}")
        self.package_id = package_id
        self.held_symbol = held_symbol
        self.filled_symbol = filled_symbol


@dataclass(frozen=True, slots=True)
class Leg:
    """One instrument of a package: net of fees taken in the base currency."""

    role: LegRole
    venue: str
    symbol: str
    position: Position = FLAT
    peak_quantity: Decimal = ZERO
    """The most it ever held, unsigned."""

    @property
    def asset(self) -> str:
        """Return what it is of: results are booked to it, whatever the package goes by."""
        return market_of(self.symbol).base

    def traded(self, quantity: Decimal, price: Decimal) -> "tuple[Leg, Decimal]":
        """Trade a signed net quantity; return the leg after it and the P&L it realised."""
        position, realised_pnl = market_of(self.symbol).trade(self.position, quantity, price)
        return self._holding(position), realised_pnl

    def left_with(self, quantity: Decimal, price: Decimal) -> "tuple[Leg, Decimal]":
        """Give up all but a signed quantity at a price; return the leg after it and the P&L that realised."""
        position, realised_pnl = self.position.traded(quantity - self.position.quantity, price)
        return self._holding(position), realised_pnl

    def _holding(self, position: Position) -> "Leg":
        return replace(self, position=position, peak_quantity=max(self.peak_quantity, abs(position.quantity)))


@dataclass(frozen=True, slots=True)
class Package:
    """A package's legs, state and result. P&L in USD; fees, borrowing and slippage as costs, positive is paid."""

    package_id: UUID
    strategy: str | None
    asset: str
    """The long leg's. Until the first report that names them: no strategy, and the base currency."""
    state: PackageState
    opened_at: datetime
    """The first fill; before it, when the first order went out."""
    tier: int | None = None
    hedge_ratio: Decimal = Decimal(1)
    closed_at: datetime | None = None
    last_fill_at: datetime | None = None
    long_leg: Leg | None = None
    short_leg: Leg | None = None
    realised_pnl_usd: Decimal = ZERO
    funding_usd: Decimal = ZERO
    fees_usd: Decimal = ZERO
    borrow_usd: Decimal = ZERO
    slippage_usd: Decimal = ZERO
    settled_approvals: frozenset[UUID] = frozenset()
    """Approvals whose outcome was reported: what is told of them again changes nothing."""
    settled_at: datetime | None = None
    """When the newest outcome was told."""
    halted_approval: UUID | None = None
    """The one whose outcome was a halt: it alone may still have another."""
    rolled_from: UUID | None = None
    """The package that passed its long leg on to this one."""

    @property
    def legs(self) -> tuple[Leg, ...]:
        return tuple(leg for leg in (self.long_leg, self.short_leg) if leg is not None)

    @property
    def hedge(self) -> Hedge:
        return Hedge(self.hedge_ratio)

    @property
    def assets(self) -> frozenset[str]:
        """Return what its legs are of, as far as they are known: one asset, or two."""
        return frozenset(leg.asset for leg in self.legs)

    @property
    def net_usd(self) -> Decimal:
        """Return what it has realised and was paid, less what it paid."""
        return self.realised_pnl_usd + self.funding_usd - self.fees_usd - self.borrow_usd

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def holds_something(self) -> bool:
        return any(leg.position.quantity for leg in self.legs)

    def leg(self, role: LegRole) -> Leg | None:
        return self.long_leg if role is LegRole.LONG else self.short_leg

    def with_leg(self, leg: Leg) -> "Package":
        return replace(self, long_leg=leg) if leg.role is LegRole.LONG else replace(self, short_leg=leg)

    def filled(self, fill: LegFilled, net_quantity: Decimal, fee_usd: Decimal) -> "Package":
        """Book a fill on its leg; `net_quantity` is signed and net of a fee in the base currency.

        Slippage is the fill's cost against the price of the decision, and a part of the price P&L, not beside it.
        """
        leg = self.leg(fill.role) or Leg(fill.role, fill.venue, fill.symbol)
        if (leg.venue, leg.symbol) != (fill.venue, fill.symbol):
            raise LegMismatchError(self.package_id, leg.symbol, fill.symbol)
        leg, realised_pnl = leg.traded(net_quantity, fill.price)
        return replace(
            self.with_leg(leg),
            strategy=fill.strategy,
            asset=fill.asset,
            hedge_ratio=fill.hedge_ratio,
            opened_at=fill.filled_at if self.last_fill_at is None else self.opened_at,
            last_fill_at=fill.filled_at,
            realised_pnl_usd=self.realised_pnl_usd + realised_pnl,
            fees_usd=self.fees_usd + fee_usd,
            slippage_usd=self.slippage_usd + slippage_usd(fill),
        )

    def sent(self, leg: Leg, state: PackageState, hedge_ratio: Decimal) -> "Package":
        """Note that an order of a leg went out: the leg is known from now on, filled or not."""
        package = self if self.leg(leg.role) else replace(self.with_leg(leg), hedge_ratio=hedge_ratio)
        return package if package.state is state else replace(package, state=state)

    def passed_on(self, quantity: Decimal, price: Decimal) -> "Package":
        """Give some of the long leg to another package at a price: what it realises is this one's."""
        leg = self.long_leg
        if leg is None:
            return self
        leg, realised_pnl = leg.traded(-quantity, price)
        return replace(self.with_leg(leg), realised_pnl_usd=self.realised_pnl_usd + realised_pnl)

    def taken_over(self, leg: Leg, quantity: Decimal, price: Decimal, rolled_from: UUID) -> "Package":
        """Take over some of another package's long leg at a price."""
        taken, _ = (self.long_leg or leg).traded(quantity, price)
        return replace(self.with_leg(taken), rolled_from=rolled_from)

    def may_settle(self, approval_id: UUID, state: PackageState, told_at: datetime) -> bool:
        """Say whether an outcome is news.

        A package may be found unhedged long after its approval was settled, by a fill that comes to light late; the
        approval then has another outcome once that is mended.
        """
        if approval_id not in self.settled_approvals:
            return True
        if state is PackageState.HALTED:
            return self.settled_at is not None and told_at > self.settled_at
        return approval_id == self.halted_approval

    def settled(self, approval_id: UUID, state: PackageState, told_at: datetime) -> "Package":
        """Take the outcome of an approval."""
        return replace(
            self,
            state=state,
            closed_at=(self.last_fill_at or self.opened_at) if state in FINAL_STATES else None,
            settled_approvals=self.settled_approvals | {approval_id},
            settled_at=told_at,
            halted_approval=approval_id if state is PackageState.HALTED else None,
        )

    def reduced(self, left: PackageQuantities, price_of: PriceOf, at: datetime) -> "Package":
        """Keep what is left of each leg, the rest given up at its price; nothing left ends it, anything halts it."""
        package = self
        for leg in self.legs:
            reduced, realised_pnl = leg.left_with(quantity_left(left, leg.role), price_of(leg.venue, leg.symbol))
            package = replace(package.with_leg(reduced), realised_pnl_usd=package.realised_pnl_usd + realised_pnl)
        if package.holds_something:
            return replace(package, state=PackageState.HALTED)
        return replace(package, state=PackageState.CLOSED, closed_at=at)

    def swept(self) -> "tuple[Package, tuple[Leg, ...]]":
        """Give up what is too small to trade; return the package without it and the legs that held it."""
        remainders = tuple(leg for leg in self.legs if leg.position.quantity)
        package = self
        for leg in remainders:
            package = package.with_leg(replace(leg, position=FLAT))
        return package, remainders

    def funding_weight(self, venue: str, symbol: str, at: datetime) -> Decimal:
        """Return what counts of this package in sharing a payment: what it holds of the symbol, or held then."""
        was_held = self.opened_at <= at and (self.closed_at is None or at <= self.closed_at)
        if not was_held:
            return ZERO
        return sum(
            (
                abs(leg.position.quantity) or leg.peak_quantity
                for leg in self.legs
                if (leg.venue, leg.symbol) == (venue, symbol)
            ),
            ZERO,
        )


@dataclass(frozen=True, slots=True)
class AssetTotals:
    """What an asset has earned over all packages, closed ones included."""

    asset: str
    realised_pnl_usd: Decimal = ZERO
    funding_usd: Decimal = ZERO
    fees_usd: Decimal = ZERO
    borrow_usd: Decimal = ZERO
    slippage_usd: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Dust:
    """What closed packages left of an instrument, too small to trade; still owned, still marked."""

    venue: str
    symbol: str
    asset: str
    position: Position = FLAT


def quantity_left(left: PackageQuantities, role: LegRole) -> Decimal:
    """Return what is left of a leg, signed."""
    return left.long_quantity if role is LegRole.LONG else -left.short_quantity


def slippage_usd(fill: LegFilled) -> Decimal:
    """Return what a fill cost against the price of its decision; negative is a gain.

    An inverse contract's face is given, so at the price of the decision it would have been another quantity.
    """
    quantity = fill.quantity
    if market_of(fill.symbol).is_inverse:
        quantity *= fill.price / fill.decision_price
    return fill.side.sign * (fill.price - fill.decision_price) * quantity
