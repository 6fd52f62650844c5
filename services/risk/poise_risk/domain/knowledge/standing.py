"""What counts against the limits: every package that is held, reserved, or both, counted once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import HeldLeg, HeldPackage
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.gate.commitments import Commitment, CommittedLeg

_GONE = frozenset({PackageState.CLOSED, PackageState.ABORTED})


@dataclass(frozen=True, slots=True)
class StandingLeg:
    """One leg's weight: its notional without sign, in USD."""

    instrument_id: InstrumentId
    notional_usd: Decimal
    shown_usd: Decimal
    """The part of the notional that the ledger shows."""


@dataclass(frozen=True, slots=True)
class StandingPackage:
    """A package as it counts against the limits: the larger of what is held and what is reserved."""

    package_id: UUID
    asset: str
    tier: int | None
    exposure_usd: Decimal
    residual_usd: Decimal
    """What its reservation may yet add to the net delta, unsigned."""
    long_leg: StandingLeg
    short_leg: StandingLeg

    @property
    def legs(self) -> tuple[StandingLeg, StandingLeg]:
        return self.long_leg, self.short_leg


def standing_packages(
    held: Iterable[HeldPackage], commitments: Mapping[UUID, Commitment]
) -> tuple[StandingPackage, ...]:
    """Merge what the ledger shows with what is reserved."""
    shown = {package.package_id: package for package in held if is_held(package)}
    return (
        *(_shown(package, commitments.get(package_id)) for package_id, package in shown.items()),
        *(
            _reserved(commitment)
            for package_id, commitment in commitments.items()
            if commitment.is_reserved and package_id not in shown
        ),
    )


def is_held(package: HeldPackage) -> bool:
    """Say whether the ledger's package holds anything to close."""
    return package.state not in _GONE


def leg_notional_usd(leg: HeldLeg) -> Decimal:
    """Return what a held leg is worth at its mark, without sign; at its entry price while no mark is known."""
    return abs(leg.quantity) * (leg.entry_price if leg.mark_price is None else leg.mark_price)


def _shown(held: HeldPackage, commitment: Commitment | None) -> StandingPackage:
    reserved = commitment if commitment is not None and commitment.is_reserved else None
    return StandingPackage(
        package_id=held.package_id,
        asset=held.asset,
        tier=held.tier if commitment is None else commitment.tier,
        exposure_usd=held.exposure_usd if reserved is None else max(held.exposure_usd, reserved.exposure_usd),
        residual_usd=Decimal(0) if reserved is None else reserved.residual_usd,
        long_leg=_shown_leg(held.long_leg, None if reserved is None else reserved.long_leg),
        short_leg=_shown_leg(held.short_leg, None if reserved is None else reserved.short_leg),
    )


def _shown_leg(held: HeldLeg, reserved: CommittedLeg | None) -> StandingLeg:
    shown_usd = leg_notional_usd(held)
    whole_usd = shown_usd if reserved is None else max(shown_usd, reserved.notional_usd)
    return StandingLeg(InstrumentId(held.venue, held.symbol), whole_usd, shown_usd)


def _reserved(commitment: Commitment) -> StandingPackage:
    return StandingPackage(
        package_id=commitment.package_id,
        asset=commitment.asset,
        tier=commitment.tier,
        exposure_usd=commitment.exposure_usd,
        residual_usd=commitment.residual_usd,
        long_leg=StandingLeg(commitment.long_leg.instrument.id, commitment.long_leg.notional_usd, Decimal(0)),
        short_leg=StandingLeg(commitment.short_leg.instrument.id, commitment.short_leg.notional_usd, Decimal(0)),
    )
