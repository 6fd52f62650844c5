"""What packages that risk refused would have made, had they been opened at the prices they were decided on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.market_data import FundingRate, Universe
from poise_common.contracts.packages import (
    CandidateEvaluated,
    LegIntent,
    LegRole,
    OrderStyle,
    PackageAction,
    PackageDecided,
    Verdict,
)
from poise_common.domain.ids import derived_id
from poise_common.domain.instruments import Instrument, InstrumentId, Side
from poise_portfolio.domain.hindsight.followed import FollowedPackages
from poise_portfolio.domain.hindsight.parameters import RefusedParameters
from poise_portfolio.domain.hindsight.records import End, RefusalKey, RefusedLeg, RefusedPackage
from poise_portfolio.domain.hindsight.settlements import settlement_time, settlements_of
from poise_portfolio.domain.ledger.markets import is_booked
from poise_portfolio.domain.worth.marks import Marks


class RefusedPackages:
    """Follows one refused package at a time of each pair and limit, until its edge is gone or it is too old."""

    def __init__(self, parameters: RefusedParameters, newest: Iterable[RefusedPackage], marks: Marks) -> None:
        self._parameters = parameters
        self._marks = marks
        self._followed = FollowedPackages(newest, parameters.value_interval)
        self._instruments: Mapping[InstrumentId, Instrument] = {}

    def take_universe(self, universe: Universe) -> None:
        """Learn what is traded, and at what fees."""
        self._instruments = {instrument.id: instrument for asset in universe.assets for instrument in asset.instruments}

    def refused(self, decided: PackageDecided, now: datetime) -> RefusedPackage | None:
        """Follow what was refused, or count that it was refused again; None where that changes nothing."""
        key = _key(decided)
        if key is None:
            return None
        known = self._followed.newest(key)
        if known is not None and decided.decided_at <= known.last_refused_at:
            return None
        if known is not None and known.is_followed:
            return self._followed.keep(known.refused_again(decided.decided_at))
        opened = self._opened(key, decided, now)
        return None if opened is None else self._followed.keep(opened)

    def funded(self, funding: FundingRate) -> Sequence[RefusedPackage]:
        """Count what was settled since; return what changed."""
        if funding.last_settled_at is None:
            return ()
        instrument = InstrumentId(funding.venue, funding.symbol)
        packages = self._followed.of_instrument(instrument)
        if not packages:
            return ()
        settled_at = settlement_time(funding.last_settled_at)
        return [
            self._followed.keep(package.with_leg(_paid(leg, funding)))
            for package in packages
            for leg in package.legs
            if leg.instrument == instrument and leg.funded_until < settled_at
        ]

    def evaluated(self, candidate: CandidateEvaluated, now: datetime) -> Sequence[RefusedPackage]:
        """End what signals would have closed; return what ended."""
        packages = self._followed.of_candidate(candidate.strategy, candidate.asset)
        if not packages:
            return ()
        edge_left = _edge_left(candidate)
        if edge_left is None or edge_left >= self._parameters.edge_left_min:
            return ()
        ended = (
            self._ended(package, End.EDGE_GONE, now)
            for package in packages
            if candidate.evaluated_at > package.opened_at
            and {candidate.long_id, candidate.short_id} == {leg.instrument for leg in package.legs}
        )
        return [package for package in ended if package is not None]

    def look(self, now: datetime, packages_max: int) -> Sequence[RefusedPackage]:
        """Value those whose turn it is, and end what is too old or traded no more; return what changed."""
        changed = (self._looked_at(package, now) for package in self._followed.due(now, packages_max))
        return [package for package in changed if package is not None]

    def _opened(self, key: RefusalKey, decided: PackageDecided, now: datetime) -> RefusedPackage | None:
        """Open it in hindsight; None where fees or worth in USD are not known, or all of its time has passed."""
        long_leg = self._leg(decided.long_leg, decided.decided_at)
        short_leg = self._leg(decided.short_leg, decided.decided_at)
        if long_leg is None or short_leg is None or now - decided.decided_at >= self._parameters.age_max:
            return None
        return RefusedPackage(
            refusal_id=derived_id(decided.id, "refused"),
            decision_id=decided.id,
            strategy=decided.strategy,
            asset=decided.asset,
            binding_limit=key.binding_limit,
            exposure_usd=decided.requested_exposure_usd,
            opened_at=decided.decided_at,
            long_leg=long_leg,
            short_leg=short_leg,
            valued_at=decided.decided_at,
            last_refused_at=decided.decided_at,
        )

    def _leg(self, intent: LegIntent | None, at: datetime) -> RefusedLeg | None:
        instrument = None if intent is None else self._instruments.get(intent.instrument_id)
        if intent is None or instrument is None:
            return None
        if not is_booked(intent.symbol) or not self._marks.is_quoted_in_usd(intent.symbol):
            return None
        is_rested = self._parameters.exit_order is OrderStyle.POST_ONLY
        return RefusedLeg(
            role=intent.role,
            instrument=instrument.id,
            quantity=intent.side.sign * intent.quantity,
            entry_price=intent.decision_price,
            mark_price=intent.decision_price,
            entry_fee_rate=instrument.taker_fee,
            exit_fee_rate=instrument.maker_fee if is_rested else instrument.taker_fee,
            funded_until=at,
        )

    def _looked_at(self, package: RefusedPackage, now: datetime) -> RefusedPackage | None:
        if now - package.opened_at >= self._parameters.age_max:
            return self._ended(package, End.AGE, now)
        if self._instruments and not all(leg.instrument in self._instruments for leg in package.legs):
            return self._ended(package, End.LEFT_UNIVERSE, now)
        valued = self._valued(package, now)
        return None if valued is None else self._followed.keep(valued)

    def _ended(self, package: RefusedPackage, end: End, now: datetime) -> RefusedPackage | None:
        """End it at its marks; without them it goes on, as nobody could tell what it made."""
        valued = self._valued(package, now)
        return None if valued is None else self._followed.keep(valued.ended(end, now))

    def _valued(self, package: RefusedPackage, now: datetime) -> RefusedPackage | None:
        long_price, short_price = (self._price(leg.instrument, now) for leg in package.legs)
        return None if long_price is None or short_price is None else package.valued(long_price, short_price, now)

    def _price(self, instrument: InstrumentId, now: datetime) -> Decimal | None:
        """Price it by its market alone: what the desk itself once paid is no worth."""
        return self._marks.of(*instrument, now) if self._marks.has_market(*instrument) else None


def _key(decided: PackageDecided) -> RefusalKey | None:
    """Name what was refused; None for all that is no refusal to open a hedged pair, or was told before legs were."""
    long_leg, short_leg, limit = decided.long_leg, decided.short_leg, decided.binding_limit
    if decided.action is not PackageAction.OPEN or decided.verdict is not Verdict.REJECTED:
        return None
    if long_leg is None or short_leg is None or limit is None:
        return None
    is_pair = (
        _is_sound(long_leg, LegRole.LONG, Side.BUY)
        and _is_sound(short_leg, LegRole.SHORT, Side.SELL)
        and long_leg.instrument_id != short_leg.instrument_id
    )
    if not is_pair:
        return None
    return RefusalKey(decided.strategy, decided.asset, long_leg.instrument_id, short_leg.instrument_id, limit)


def _is_sound(leg: LegIntent, role: LegRole, side: Side) -> bool:
    return leg.role is role and leg.side is side and leg.quantity > 0 and leg.decision_price > 0


def _paid(leg: RefusedLeg, funding: FundingRate) -> RefusedLeg:
    """Count every settlement that is not counted yet, at the mark price of the newest."""
    for settlement in reversed(list(settlements_of(funding))):
        if settlement.at > leg.funded_until:
            leg = leg.paid(settlement.rate_per_interval, funding.mark_price, settlement.at)
    return leg


def _edge_left(candidate: CandidateEvaluated) -> float | None:
    """Return what staying in is worth: as signals has it of what is held, else the basis and the funding to come."""
    if candidate.held:
        return candidate.net_yield
    if candidate.basis is None or candidate.expected_funding is None:
        return None
    return candidate.basis + candidate.expected_funding
