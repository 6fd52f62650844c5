"""Puts what is known beside each request, has it judged, and says what follows."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.core import Output, Store
from poise_common.contracts.packages import ClosePackage, OpenPackage, RollPackage
from poise_common.contracts.state import HeldLeg, HeldPackage, SystemMode
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.gate.closing import Authority, Closing, HeldPair, Holding
from poise_risk.domain.gate.commitments import CommitmentStatus, CommittedLeg
from poise_risk.domain.gate.contest import Contest, Contested, Displaced
from poise_risk.domain.gate.decisions import Signatory, reservation, told_admitted, told_refused, told_released
from poise_risk.domain.gate.entry import Proposal
from poise_risk.domain.gate.judging import Admitted, Refused, displaced, judge
from poise_risk.domain.gate.merits import Merits, merits
from poise_risk.domain.gate.releasing import judge_closing
from poise_risk.domain.gate.reservations import Reservations
from poise_risk.domain.gate.rolling import judge_roll
from poise_risk.domain.gate.rolls import Roll
from poise_risk.domain.gate.waiting import WaitingRequest
from poise_risk.domain.knowledge.desk import Desk
from poise_risk.domain.knowledge.standing import Packages
from poise_risk.domain.knowledge.symbols import money_of
from poise_risk.domain.knowledge.venue_standings import VenueStandings
from poise_risk.domain.limits.correlation import mean_correlation
from poise_risk.domain.limits.slots import standing_tiers
from poise_risk.domain.records import LosingDay
from poise_risk.domain.rules.rulebook import Rulebook
from poise_risk.domain.watch.mode import ModeSwitch


class Gatekeeper:
    """The only way to an approval."""

    def __init__(
        self,
        *,
        rules: Rulebook,
        signatory: Signatory,
        desk: Desk,
        reservations: Reservations,
        switch: ModeSwitch,
        standings: VenueStandings,
        losing_days: Mapping[str, LosingDay],
        contest: Contest,
    ) -> None:
        self._rules = rules
        self._signatory = signatory
        self._desk = desk
        self._reservations = reservations
        self._switch = switch
        self._standings = standings
        self._losing_days = losing_days
        self._contest = contest

    def open(self, request: OpenPackage, now: datetime) -> tuple[Output, ...]:
        """Decide a request to open: whole, smaller, or not at all; one that would take a last free slot waits."""
        verdict = judge(self._proposal(request, now))
        if isinstance(verdict, Refused):
            return told_refused(request, verdict, now)
        entry, limits = verdict.entry, self._rules.limits
        newcomer = WaitingRequest.since_now(request, entry.tier, limits.slot_contest, now)
        contested = self._contest.enter(newcomer, standing_tiers(entry.packages), limits, self._merits)
        return self._admit(request, verdict, now) if contested is None else self._told_contested(contested, now)

    def settle_contests(self, now: datetime) -> tuple[Output, ...]:
        """Judge anew, the best first, every request that has waited long enough; all of them unless active."""
        inactive = self._switch.mode is not SystemMode.ACTIVE
        due = self._contest.take_due(now, self._merits, everyone=inactive)
        return tuple(output for each in due for output in self._decide(each, now))

    def close(
        self, request: ClosePackage, now: datetime, *, authority: Authority = Authority.REQUESTER, why: str = ""
    ) -> tuple[Output, ...]:
        """Decide a request to close; `why` says what risk closes it for by itself."""
        verdict = judge_closing(self._closing(request, now, authority))
        if isinstance(verdict, Refused):
            return told_refused(request, verdict, now)
        signed = self._signatory.sign(
            request,
            verdict.long_leg,
            verdict.short_leg,
            verdict.hedge.ratio,
            epoch=self._switch.current.epoch,
            now=now,
        )
        stores = self._reservations.approve(signed.record)
        return (*stores, signed.publish, *told_released(request, verdict, signed.approval_id, why, now))

    def roll(self, request: RollPackage, now: datetime) -> tuple[Output, ...]:
        """Decide a request to roll; a refusal is told of the package, of its successor nothing is known then."""
        package_id = request.closing.package_id
        without = Packages(
            each for each in self._desk.packages(self._reservations.commitments) if each.package_id != package_id
        )
        roll = Roll(
            self._closing(request.closing, now, Authority.REQUESTER),
            self._proposal(request.opening, now)._replace(packages=without),
        )
        verdict = judge_roll(roll)
        if isinstance(verdict, Refused):
            return told_refused(request.closing, verdict, now)
        signed = self._signatory.sign_roll(request, verdict, epoch=self._switch.current.epoch, now=now)
        opening_id = signed.opening.approval_id
        return (
            *self._reservations.approve(signed.closing.record),
            *self._reservations.approve(signed.opening.record, reservation(verdict.admitted.entry, opening_id, now)),
            signed.publish,
            *told_released(request.closing, verdict.released, signed.closing.approval_id, "", now),
            *told_admitted(request.opening, verdict.admitted, opening_id, now),
        )

    def held_pair(self, package_id: UUID) -> HeldPair | None:
        """Return what a package holds: as execution last said, else as the ledger shows."""
        if self._reservations.has_ended(package_id):
            return None
        commitment = self._reservations.commitments.get(package_id)
        if commitment is not None and commitment.status is not CommitmentStatus.AWAITING:
            legs = _committed(commitment.long_leg), _committed(commitment.short_leg)
            return HeldPair(commitment.asset, commitment.strategy, *legs, commitment.hedge)
        held = next((each for each in self._desk.held() if each.package_id == package_id), None)
        return None if held is None or commitment is not None else self._ledger_pair(held)

    def _decide(self, waiting: WaitingRequest, now: datetime) -> tuple[Output, ...]:
        request = waiting.to_be_decided(now)
        verdict = judge(self._proposal(request, now))
        if isinstance(verdict, Refused):
            return (Store(waiting.ended(now)), *told_refused(request, verdict, now))
        return (Store(waiting.ended(now)), *self._admit(request, verdict, now))

    def _told_contested(self, contested: Contested, now: datetime) -> tuple[Output, ...]:
        waits = () if contested.waits is None else (Store(contested.waits),)
        return (*waits, *(output for each in contested.displaced for output in self._told_displaced(each, now)))

    def _told_displaced(self, lost: Displaced, now: datetime) -> tuple[Output, ...]:
        request = lost.waiting.to_be_decided(now)
        verdict = judge(self._proposal(request, now))
        return (Store(lost.waiting.ended(now)), *told_refused(request, displaced(verdict, lost.check), now))

    def _merits(self, request: OpenPackage) -> Merits:
        desk = self._desk
        legs = request.long_leg.instrument_id, request.short_leg.instrument_id
        packages = desk.packages(self._reservations.commitments)
        return merits(request, map(desk.listing, legs), mean_correlation(desk.correlations, request, packages))

    def _admit(self, request: OpenPackage, admitted: Admitted, now: datetime) -> tuple[Output, ...]:
        entry = admitted.entry
        signed = self._signatory.sign(
            request,
            entry.long_leg.intent,
            entry.short_leg.intent,
            request.hedge_ratio,
            epoch=self._switch.current.epoch,
            now=now,
        )
        stores = self._reservations.approve(signed.record, reservation(entry, signed.approval_id, now))
        return (*stores, signed.publish, *told_admitted(request, admitted, signed.approval_id, now))

    def _proposal(self, request: OpenPackage, now: datetime) -> Proposal:
        desk, commitments = self._desk, self._reservations.commitments
        packages = desk.packages(commitments)
        long_id, short_id = request.long_leg.instrument_id, request.short_leg.instrument_id
        return Proposal(
            request=request,
            now=now,
            mode=self._switch.mode,
            config=self._rules.config,
            phase=desk.phase,
            portfolio=desk.portfolio,
            tier=desk.tier(request.assets),
            long_instrument=desk.listed(long_id),
            short_instrument=desk.listed(short_id),
            long_book=desk.book(long_id),
            short_book=desk.book(short_id),
            long_liquidity=desk.liquidity(long_id),
            short_liquidity=desk.liquidity(short_id),
            packages=packages,
            package_is_known=self._is_known(request.package_id, packages),
            accounts=desk.accounts(packages),
            peg_deviations_pct=desk.peg_deviations_pct(now, among=money_of(long_id.symbol, short_id.symbol)),
            correlations=desk.correlations,
            clusters=desk.clusters(now),
            venue_doubts=tuple(
                doubt
                for venue in sorted({long_id.venue, short_id.venue})
                if (doubt := self._standings.doubt(venue, now)) is not None
            ),
            unanswered_approvals=len(self._reservations.unanswered(now, self._rules.approvals.silent_after)),
            losing_assets=frozenset(day.asset for day in self._losing_days.values() if day.day == now.date()),
        )

    def _is_known(self, package_id: UUID, packages: Packages) -> bool:
        return (
            package_id in self._reservations.commitments
            or package_id in packages.ids
            or package_id in self._contest.package_ids
        )

    def _closing(self, request: ClosePackage, now: datetime, authority: Authority) -> Closing:
        return Closing(
            request=request,
            now=now,
            mode=self._switch.mode,
            authority=authority,
            config=self._rules.config,
            held=self.held_pair(request.package_id),
            under_way=self._reservations.closing_under_way(
                request.package_id, now, self._rules.approvals.unanswered_after
            ),
            long_book=self._desk.book(request.long_leg.instrument_id),
            short_book=self._desk.book(request.short_leg.instrument_id),
        )

    def _ledger_pair(self, held: HeldPackage) -> HeldPair:
        def holding(leg: HeldLeg) -> Holding:
            instrument_id = InstrumentId(leg.venue, leg.symbol)
            return Holding(instrument_id, abs(leg.quantity), self._desk.instrument(instrument_id))

        return HeldPair(held.asset, held.strategy, holding(held.long_leg), holding(held.short_leg), held.hedge)


def _committed(leg: CommittedLeg) -> Holding:
    return Holding(leg.instrument.id, leg.held_quantity or Decimal(0), leg.instrument, leg.price)
