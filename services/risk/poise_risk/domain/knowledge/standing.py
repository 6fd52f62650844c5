"""What counts against the limits: every package that is held, reserved, or both, counted once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import HeldLeg, HeldPackage
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.gate.commitments import Commitment, CommittedLeg
from poise_risk.domain.knowledge.remembered import Remembered
from poise_risk.domain.knowledge.symbols import base_of, is_derivative, settle_of

_GONE = frozenset({PackageState.CLOSED, PackageState.ABORTED})


@dataclass(frozen=True, slots=True)
class StandingLeg:
    """One leg's weight: its notional without sign, in USD."""

    instrument_id: InstrumentId
    notional_usd: Decimal
    shown_usd: Decimal
    """The part of the notional that the ledger shows."""


class StandingDerivative(NamedTuple):
    """All that a package has of one asset's derivatives on one venue, in USD: longs less shorts."""

    venue: str
    asset: str
    shown_net_usd: Decimal
    in_flight_net_usd: Decimal
    settle_coins: frozenset[str]


@dataclass(frozen=True)
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

    @cached_property
    def derivative_legs(self) -> tuple[StandingLeg, ...]:
        return tuple(leg for leg in self.legs if is_derivative(leg.instrument_id.symbol))

    @cached_property
    def derivatives(self) -> tuple[StandingDerivative, ...]:
        """Its derivatives by venue and asset: most have one."""
        found: dict[tuple[str, str], StandingDerivative] = {}
        for leg in self.derivative_legs:
            sign = 1 if leg is self.long_leg else -1
            key = leg.instrument_id.venue, base_of(leg.instrument_id.symbol)
            other = found.get(key, StandingDerivative(*key, Decimal(0), Decimal(0), frozenset()))
            found[key] = StandingDerivative(
                *key,
                other.shown_net_usd + sign * leg.shown_usd,
                other.in_flight_net_usd + sign * (leg.notional_usd - leg.shown_usd),
                other.settle_coins | {settle_of(leg.instrument_id.symbol)},
            )
        return tuple(found.values())


class Packages(tuple[StandingPackage, ...]):
    """All packages that count; what every decision sums up of them is summed up once."""

    def exposure_by(self, subjects: Callable[[StandingPackage], Iterable[str]]) -> Mapping[str, Decimal]:
        """Sum exposure by the subjects that a function names of each package, in USD."""
        sums = self._sums.get(subjects)
        if sums is None:
            sums = self._sums[subjects] = {}
            for package in self:
                for subject in subjects(package):
                    sums[subject] = sums.get(subject, Decimal(0)) + package.exposure_usd
        return sums

    @cached_property
    def _sums(self) -> dict[Callable[[StandingPackage], Iterable[str]], dict[str, Decimal]]:
        return {}


class StandingPackages:
    """Merges what the ledger shows with what is reserved; a package of which nothing changed stays the same object."""

    def __init__(self) -> None:
        self._known: dict[UUID, Remembered[StandingPackage]] = {}

    def of(self, held: Iterable[HeldPackage], commitments: Mapping[UUID, Commitment]) -> Packages:
        """Return every package that counts, those that the ledger shows first."""
        shown = {package.package_id: package for package in held if is_held(package)}
        reserved = [id_ for id_, each in commitments.items() if each.is_reserved and id_ not in shown]
        self._known = {id_: self._known.get(id_) or Remembered() for id_ in (*shown, *reserved)}
        return Packages(self._one(known, shown.get(id_), commitments.get(id_)) for id_, known in self._known.items())

    def _one(
        self, known: Remembered[StandingPackage], held: HeldPackage | None, commitment: Commitment | None
    ) -> StandingPackage:
        def together() -> StandingPackage:
            if held is not None:
                return _shown(held, commitment)
            assert commitment is not None  # noqa: S101 - it is held, or else reserved
            return _reserved(commitment)

        return known.of((held, commitment), together)


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
