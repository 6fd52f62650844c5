"""What counts against the limits: every package that is held, reserved, or both, counted once."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, NamedTuple, Self, TypeVar
from uuid import UUID

from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import HeldLeg, HeldPackage
from poise_common.domain.instruments import InstrumentId, base_of
from poise_risk.domain.gate.commitments import Commitment, Commitments, CommittedLeg
from poise_risk.domain.knowledge.remembered import Remembered, RememberedEach
from poise_risk.domain.knowledge.spreads import Spread, spread_between
from poise_risk.domain.knowledge.symbols import is_derivative, settle_of

Sum = TypeVar("Sum")

_NOTHING = Decimal(0)
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
    legs: tuple[StandingLeg, ...]


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
    def spread(self) -> Spread:
        """What its result moves with."""
        return spread_between(self.long_leg.instrument_id.symbol, self.short_leg.instrument_id.symbol)

    @property
    def assets(self) -> tuple[str, ...]:
        """What the legs are of: one asset, or two."""
        return self.spread.assets

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
            other = found.get(key, StandingDerivative(*key, _NOTHING, _NOTHING, frozenset(), ()))
            found[key] = StandingDerivative(
                *key,
                other.shown_net_usd + sign * leg.shown_usd,
                other.in_flight_net_usd + sign * (leg.notional_usd - leg.shown_usd),
                other.settle_coins | {settle_of(leg.instrument_id.symbol)},
                (*other.legs, leg),
            )
        return tuple(found.values())


class Packages(tuple[StandingPackage, ...]):
    """All packages that count, those that the ledger shows first; what decisions sum up of them is summed up once.

    An approval changes what is reserved and nothing else: sums go on from those of what is shown.
    """

    _shown: "Packages | None"
    _sums: dict[Hashable, Any]

    def __new__(cls, packages: Iterable[StandingPackage], shown: "Packages | None" = None) -> Self:
        """Hold these packages, after those that the ledger shows where they are given."""
        self = super().__new__(cls, packages if shown is None else (*shown, *packages))
        self._shown, self._sums = shown, {}
        return self

    def summed(self, name: Hashable, add: Callable[[Sum | None, Iterable[StandingPackage]], Sum]) -> Sum:
        """Sum up all packages in their order: `add` returns a sum with more of them in it, and always has this name."""
        if name not in self._sums:
            shown = self._shown
            self._sums[name] = add(None, self) if shown is None else add(shown.summed(name, add), self[len(shown) :])
        found: Sum = self._sums[name]
        return found

    @property
    def ids(self) -> frozenset[UUID]:
        return self.summed("ids", _with_ids)

    @property
    def exposure_usd(self) -> Decimal:
        """What is held and reserved."""
        return self.summed("exposure", _with_all_exposure)

    @property
    def residual_usd(self) -> Decimal:
        """What reservations may yet add to the net delta, all taken as the same sign."""
        return self.summed("residual", _with_residual)

    @property
    def assets_by_way(self) -> Mapping[int, frozenset[str]]:
        """What the packages are of, by the way round that their spreads stand."""
        return self.summed("assets", _with_assets)

    def exposure_by(self, subjects: Callable[[StandingPackage], Iterable[str]]) -> Mapping[str, Decimal]:
        """Sum exposure by the subjects that a function names of each package, in USD."""
        return self.summed(subjects, partial(_with_exposure, subjects))


class StandingPackages:
    """Merges what the ledger shows with what is reserved; a package of which nothing changed stays the same object."""

    def __init__(self) -> None:
        self._ledger: Remembered[Mapping[UUID, HeldPackage]] = Remembered()
        self._shown: Remembered[Packages] = Remembered()
        self._each_shown: RememberedEach[StandingPackage] = RememberedEach()
        self._each_reserved: RememberedEach[StandingPackage] = RememberedEach()

    def of(self, held: Sequence[HeldPackage], commitments: Commitments) -> Packages:
        """Return every package that counts, those that the ledger shows first."""
        ledger = self._ledger.of((held,), lambda: {each.package_id: each for each in held if is_held(each)})
        in_both = {id_: each for id_, each in commitments.reserved.items() if id_ in ledger}
        shown = self._shown.of(
            (ledger, commitments.shown, *in_both.values()), lambda: self._together(ledger, commitments)
        )
        reserved = {id_: (each,) for id_, each in commitments.reserved.items() if id_ not in in_both}
        return Packages(self._each_reserved.of(reserved, _reserved), shown)

    def _together(self, ledger: Mapping[UUID, HeldPackage], commitments: Commitments) -> Packages:
        sources = {id_: (held, commitments.get(id_)) for id_, held in ledger.items()}
        return Packages(self._each_shown.of(sources, _shown))


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
        residual_usd=_NOTHING if reserved is None else reserved.residual_usd,
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
        long_leg=StandingLeg(commitment.long_leg.instrument.id, commitment.long_leg.notional_usd, _NOTHING),
        short_leg=StandingLeg(commitment.short_leg.instrument.id, commitment.short_leg.notional_usd, _NOTHING),
    )


def _with_ids(before: frozenset[UUID] | None, packages: Iterable[StandingPackage]) -> frozenset[UUID]:
    return (before or frozenset()).union(package.package_id for package in packages)


def _with_all_exposure(before: Decimal | None, packages: Iterable[StandingPackage]) -> Decimal:
    return sum((package.exposure_usd for package in packages), before or _NOTHING)


def _with_residual(before: Decimal | None, packages: Iterable[StandingPackage]) -> Decimal:
    return sum((package.residual_usd for package in packages), before or _NOTHING)


def _with_assets(
    before: Mapping[int, frozenset[str]] | None, packages: Iterable[StandingPackage]
) -> Mapping[int, frozenset[str]]:
    found = dict(before or {})
    for package in packages:
        found[package.spread.way] = found.get(package.spread.way, frozenset()).union(package.assets)
    return found


def _with_exposure(
    subjects: Callable[[StandingPackage], Iterable[str]],
    before: Mapping[str, Decimal] | None,
    packages: Iterable[StandingPackage],
) -> Mapping[str, Decimal]:
    sums = dict(before or {})
    for package in packages:
        for subject in subjects(package):
            sums[subject] = sums.get(subject, _NOTHING) + package.exposure_usd
    return sums
