"""Risk's core: takes requests, reports, states and commands; answers with decisions, approvals and modes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Flatten, Halt, ReloadLimits, Resume
from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.execution import VenueState
from poise_common.contracts.market_data import FundingRate, OrderBook, Universe
from poise_common.contracts.message import Message
from poise_common.contracts.packages import ClosePackage, CloseReason, OpenPackage, RollPackage
from poise_common.contracts.signatures import Signer
from poise_common.contracts.state import CorrelationMatrix, LimitHeadroom, PhaseState, PortfolioState, RiskState
from poise_common.domain.ids import NewId
from poise_risk.domain.exits.carrying_out.closer import Closer
from poise_risk.domain.gate.contest import Contest
from poise_risk.domain.gate.decisions import STAGE, Signatory
from poise_risk.domain.gate.gatekeeper import Gatekeeper
from poise_risk.domain.gate.reservations import OUTCOMES, Outcome, Reservations
from poise_risk.domain.knowledge.desk import Desk
from poise_risk.domain.knowledge.venue_standings import VenueStandings
from poise_risk.domain.limits.headroom import Standing, headroom
from poise_risk.domain.records import Restored
from poise_risk.domain.rules.changes import LimitChange, LimitsRead
from poise_risk.domain.rules.clerk import Clerk
from poise_risk.domain.rules.rulebook import Rulebook
from poise_risk.domain.watch.mode import NEVER_RUN, ModeSwitch, first_mode
from poise_risk.domain.watch.warnings import Warnings
from poise_risk.domain.watch.watchman import Watchman

Ordered = OpenPackage | ClosePackage | RollPackage | Halt | Resume | Flatten | ReloadLimits


class RiskCore:
    """The gatekeeper as a state machine; built from its stored records, it goes on where it stopped."""

    def __init__(self, rules: Rulebook, signer: Signer, new_id: NewId, restored: Restored) -> None:
        self._rules = rules
        self._clerk = Clerk(rules, restored.limit_changes, new_id)
        self._new_id = new_id
        self._desk = Desk(rules)
        self._reservations = Reservations(restored.commitments, restored.unsettled)
        self._switch = ModeSwitch(restored.mode or NEVER_RUN)
        waiting = {each.request.id: each.since for each in restored.waiting}
        self._taken = {**restored.decided_requests, **waiting}
        self._told_at: datetime | None = None
        for commitment in restored.commitments:
            self._desk.remember(commitment.long_leg.instrument)
            self._desk.remember(commitment.short_leg.instrument)
        losing_days = {day.asset: day for day in restored.losing_days}
        self._standings = VenueStandings(rules)
        self._gatekeeper = Gatekeeper(
            rules=rules,
            signatory=Signatory(signer, rules),
            desk=self._desk,
            reservations=self._reservations,
            switch=self._switch,
            standings=self._standings,
            losing_days=losing_days,
            contest=Contest(restored.waiting),
        )
        self._closer = Closer(
            rules=rules,
            desk=self._desk,
            reservations=self._reservations,
            standings=self._standings,
            gatekeeper=self._gatekeeper,
            new_id=new_id,
        )
        self._watchman = Watchman(
            rules=rules,
            desk=self._desk,
            reservations=self._reservations,
            switch=self._switch,
            standings=self._standings,
            closer=self._closer,
            losing_days=losing_days,
        )
        self._warnings = Warnings(AlertBook(STAGE, new_id), rules)

    def start(self, now: datetime) -> Sequence[Output]:
        """Say where risk stands; a desk that never ran begins active."""
        self._watchman.begin(now)
        first = self._switch.take(first_mode(now) if self._switch.current is NEVER_RUN else None)
        stores = (Store(self._switch.current),) if first else ()
        changes = [output for change in self._clerk.start(now) for output in self._limits_changed(change, now)]
        return (*stores, self._tell(now), *changes, *self._warnings.of_mode(self._switch.current, now))

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Take one message; a request or command that was taken before changes nothing."""
        match message:
            case OrderBook():
                self._desk.take_book(message)
            case FundingRate():
                self._desk.take_funding(message)
            case Universe():
                self._desk.take_universe(message)
            case CorrelationMatrix():
                self._desk.take_correlations(message)
            case PhaseState():
                self._desk.take_phase(message)
            case PortfolioState():
                return self._portfolio(message, now)
            case VenueState():
                return self._watch(now) if self._standings.take(message) else ()
            case LimitsRead():
                return self._limits_read(message, now)
            case OpenPackage() | ClosePackage() | RollPackage() | Halt() | Resume() | Flatten() | ReloadLimits() if (
                self._is_new(message, now)
            ):
                return self._ordered(message, now)
            case message if isinstance(message, OUTCOMES):
                return self._outcome(message, now)
        return ()

    def tick(self, now: datetime) -> Sequence[Output]:
        """Watch what is held, settle who waits, tell where risk stands, and forget what can't come again."""
        outputs = (*self._watch(now), *self._gatekeeper.settle_contests(now), *self._warn(now))
        if self._told_at is None or (now - self._told_at).total_seconds() >= self._rules.config.state_every_s:
            outputs = (*outputs, self._tell(now))
            self._forget(now)
        return outputs

    def _ordered(self, message: Ordered, now: datetime) -> tuple[Output, ...]:
        match message:
            case OpenPackage():
                return self._gatekeeper.open(message, now)
            case ClosePackage():
                return self._gatekeeper.close(message, now)
            case RollPackage():
                return self._gatekeeper.roll(message, now)
            case ReloadLimits():
                return self._clerk.order(message, now)
            case _:
                return self._command(message, now)

    def _is_new(self, message: Message, now: datetime) -> bool:
        # A roll is decided, and remembered, as the closing that is a half of it.
        id_ = message.closing.id if isinstance(message, RollPackage) else message.id
        if id_ in self._taken:
            return False
        self._taken[id_] = now
        return True

    def _forget(self, now: datetime) -> None:
        before = now - timedelta(seconds=float(self._rules.config.decisions_remembered_s))
        self._taken = {id_: taken_at for id_, taken_at in self._taken.items() if taken_at >= before}

    def _portfolio(self, state: PortfolioState, now: datetime) -> tuple[Output, ...]:
        if not self._desk.take_portfolio(state):
            return ()
        return (*self._reservations.show(state, now), *self._watch(now))

    def _command(self, command: Halt | Resume | Flatten, now: datetime) -> tuple[Output, ...]:
        current = self._switch.current
        match command:
            case Halt():
                change = current.halted(command.reason, command.operator, now)
            case Flatten():
                change = current.halted(command.reason, command.operator, now, CloseReason.FLATTEN)
            case Resume():
                # While a venue is locked nobody knows what is held there: trading on it is not a person's to order.
                change = None if self._standings.locks else current.resumed(command.reason, command.operator, now)
        if not self._switch.take(change):
            return (self._tell(now, command),)
        return (Store(self._switch.current), *self._mode_changed(now, command), *self._watch(now))

    def _limits_read(self, read: LimitsRead, now: datetime) -> tuple[Output, ...]:
        """Go by what the file says, unless it is refused: what is held is looked at by the new limits at once."""
        change = self._clerk.settle(read, now)
        if change is None:
            return ()
        return (*self._limits_changed(change, now), *self._clerk.next_reading(), *self._watch(now), *self._warn(now))

    def _limits_changed(self, change: LimitChange, now: datetime) -> tuple[Output, ...]:
        return (Store(change), self._tell(now, change.order), *self._warnings.of_limits(change, now))

    def _outcome(self, outcome: Outcome, now: datetime) -> tuple[Output, ...]:
        approval = self._reservations.unsettled(outcome.approval_id)
        stores = self._reservations.take_outcome(outcome, now)
        if approval is None or self._reservations.unsettled(outcome.approval_id) is not None:
            return stores
        return (*stores, *self._watchman.settled(approval, outcome, now))

    def _watch(self, now: datetime) -> tuple[Output, ...]:
        """Let the watchman look; whatever the mode becomes is told before what is done in it."""
        before = self._switch.current
        outputs = self._watchman.watch(now)
        return outputs if self._switch.current is before else (*self._mode_changed(now), *outputs)

    def _mode_changed(self, now: datetime, command: Message | None = None) -> tuple[Output, ...]:
        told = (self._tell(now, command), *self._warnings.of_mode(self._switch.current, now))
        return (*told, *self._gatekeeper.settle_contests(now))

    def _warn(self, now: datetime) -> tuple[Output, ...]:
        packages = self._desk.packages(self._reservations.commitments)
        silent_after = self._rules.approvals.silent_after
        return (
            *self._warnings.of_mode(self._switch.current, now),
            *self._warnings.of_exposure(self._desk, packages, now),
            *self._warnings.of_pegs(self._desk.peg_deviations_pct(now), now),
            *self._warnings.of_venues(self._unreconciled(now), now),
            *self._warnings.of_silence(self._reservations.unanswered(now, silent_after), self._closer.unpriced, now),
        )

    def _unreconciled(self, now: datetime) -> dict[str, str | None]:
        """Say of every venue where something is held whether its account was found right lately."""
        venues = {leg.venue for package in self._desk.held() for leg in (package.long_leg, package.short_leg)}
        known = venues | self._standings.venues
        return {venue: self._standings.unreconciled(venue, now) if venue in venues else None for venue in sorted(known)}

    def _tell(self, now: datetime, command: Message | None = None) -> Publish:
        """Tell where risk stands; in a command's trace where it follows from one, so that who gave it knows."""
        self._told_at = now
        current = self._switch.current
        told: dict[str, Any] = {
            "mode": current.mode,
            "reason": current.reason,
            "set_by": current.set_by,
            "since": current.since,
            "epoch": current.epoch,
            "flattening": current.flattening is not None,
            "limits": self._clerk.in_force,
            "headroom": self._headroom(now),
        }
        if command is not None:
            return Publish(RiskState.caused_by(command, STAGE, now, **told))
        return Publish(RiskState.first(self._new_id(now), STAGE, now, **told))

    def _headroom(self, now: datetime) -> tuple[LimitHeadroom, ...]:
        desk = self._desk
        if desk.portfolio is None:
            return ()
        packages = desk.packages(self._reservations.commitments)
        return headroom(
            Standing(
                config=self._rules.config,
                portfolio=desk.portfolio,
                packages=packages,
                accounts=desk.accounts(packages),
                peg_deviations_pct=desk.peg_deviations_pct(now),
                correlations=desk.correlations,
                clusters=desk.clusters(now),
            )
        )
